-- missing_since: since when a queued or retrying job's queue was seen without a message for it, and nobody asked for it.
-- Adds an empty column: locks jobs for a moment, rewrites nothing.
alter table jobs add column missing_since timestamp(6) with time zone;
