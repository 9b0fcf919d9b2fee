CREATE SCHEMA IF NOT EXISTS "mahavishnu";
--> statement-breakpoint
CREATE TABLE "mahavishnu"."approval_votes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"approval_id" text NOT NULL,
	"actor" jsonb NOT NULL,
	"vote" text NOT NULL,
	"choice" text,
	"accepted" boolean NOT NULL,
	"why" text,
	"surface" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."approvals" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"repository" text NOT NULL,
	"type" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"round" integer NOT NULL,
	"shown" jsonb NOT NULL,
	"digest" text NOT NULL,
	"options" jsonb NOT NULL,
	"policy" jsonb NOT NULL,
	"on_timeout" text NOT NULL,
	"requested_by" jsonb NOT NULL,
	"workflow_id" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"deadline" timestamp with time zone NOT NULL,
	"extensions" integer DEFAULT 0 NOT NULL,
	"choice" text,
	"decided_by" jsonb,
	"decided_at" timestamp with time zone,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."artefacts" (
	"run_id" text NOT NULL,
	"name" text NOT NULL,
	"sha256" text NOT NULL,
	"content" "bytea" NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "artefacts_run_id_name_pk" PRIMARY KEY("run_id","name")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."audit_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" jsonb NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."clock" (
	"id" integer PRIMARY KEY NOT NULL,
	"offset_ms" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."control" (
	"id" integer PRIMARY KEY NOT NULL,
	"paused_at" timestamp with time zone,
	"paused_by" text
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."findings" (
	"run_id" text NOT NULL,
	"id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"issue_id" text,
	"change" text,
	"chosen" boolean DEFAULT false NOT NULL,
	"finding" jsonb NOT NULL,
	CONSTRAINT "findings_run_id_id_pk" PRIMARY KEY("run_id","id")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."fixes" (
	"run_id" text NOT NULL,
	"issue_id" text NOT NULL,
	"repository" text NOT NULL,
	"status" text NOT NULL,
	"fixer" text,
	"commit" text,
	"reason" text,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "fixes_run_id_issue_id_pk" PRIMARY KEY("run_id","issue_id")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."gate_results" (
	"run_id" text NOT NULL,
	"subject" text NOT NULL,
	"commit" text NOT NULL,
	"report" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "gate_results_run_id_subject_commit_pk" PRIMARY KEY("run_id","subject","commit")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."issue_claims" (
	"repository" text NOT NULL,
	"issue_id" text NOT NULL,
	"run_id" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "issue_claims_repository_issue_id_pk" PRIMARY KEY("repository","issue_id")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."reflections" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"key" text NOT NULL,
	"repository" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"reflection" jsonb NOT NULL,
	CONSTRAINT "reflections_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."release_claims" (
	"repository" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."run_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"key" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"event" jsonb NOT NULL,
	CONSTRAINT "run_events_once" UNIQUE("run_id","key")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."runs" (
	"id" text PRIMARY KEY NOT NULL,
	"trigger" text NOT NULL,
	"repository" text NOT NULL,
	"request" jsonb NOT NULL,
	"status" text DEFAULT 'recorded' NOT NULL,
	"progress" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "runs_trigger_unique" UNIQUE("trigger")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."schedule_ticks" (
	"schedule" text NOT NULL,
	"tick" timestamp with time zone NOT NULL,
	"runs" jsonb NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "schedule_ticks_schedule_tick_pk" PRIMARY KEY("schedule","tick")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."slack_outbox" (
	"thread_key" text NOT NULL,
	"message_key" text NOT NULL,
	"channel" text NOT NULL,
	"state" text NOT NULL,
	"ts" text,
	"hash" text,
	"error" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "slack_outbox_thread_key_message_key_pk" PRIMARY KEY("thread_key","message_key")
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."slack_pace" (
	"bucket" text PRIMARY KEY NOT NULL,
	"tokens" double precision NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"blocked_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "mahavishnu"."slack_threads" (
	"key" text PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"owner" text,
	"lease_until" timestamp with time zone,
	"not_before" timestamp with time zone,
	"error" text,
	"content" jsonb
);
--> statement-breakpoint
CREATE INDEX "approvals_status" ON "mahavishnu"."approvals" USING btree ("status","deadline");--> statement-breakpoint
CREATE INDEX "approvals_run" ON "mahavishnu"."approvals" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "runs_status" ON "mahavishnu"."runs" USING btree ("status");--> statement-breakpoint
CREATE INDEX "runs_created" ON "mahavishnu"."runs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "slack_threads_due" ON "mahavishnu"."slack_threads" USING btree ("not_before");