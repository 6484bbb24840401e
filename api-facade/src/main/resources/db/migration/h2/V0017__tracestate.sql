-- tracestate: what tracing systems add to a job's traceparent for themselves, as W3C Trace Context bounds it.
-- Adds an empty column: locks jobs for a moment, rewrites nothing.
alter table jobs add column tracestate varchar(512);
