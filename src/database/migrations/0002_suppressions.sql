CREATE TABLE "mahavishnu"."suppressions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"repository" text,
	"rule" text,
	"path" text,
	"fingerprint" text,
	"issue_id" text,
	"run_id" text,
	"reason" text NOT NULL,
	"actor" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by" jsonb
);
--> statement-breakpoint
ALTER TABLE "mahavishnu"."findings" ADD COLUMN "suppressed" jsonb;--> statement-breakpoint
CREATE INDEX "suppressions_repository" ON "mahavishnu"."suppressions" USING btree ("repository");