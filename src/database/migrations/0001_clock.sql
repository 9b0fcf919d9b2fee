INSERT INTO "mahavishnu"."clock" ("id", "offset_ms") VALUES (1, 0);
--> statement-breakpoint
INSERT INTO "mahavishnu"."control" ("id") VALUES (1);
--> statement-breakpoint
-- One clock for all processes: the database's, moved only by tests and by the demo.
CREATE FUNCTION "mahavishnu"."now"() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT clock_timestamp() + make_interval(secs => (SELECT "offset_ms" FROM "mahavishnu"."clock" WHERE "id" = 1) / 1000.0)
$$;
