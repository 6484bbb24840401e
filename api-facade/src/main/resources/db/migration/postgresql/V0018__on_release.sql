-- on_release: the release whose workers are to run the job, as long as there are any. Null for whoever takes it.
-- Adds a column without a value: no row is rewritten, jobs is locked for a moment.
alter table jobs add column on_release varchar(200);
