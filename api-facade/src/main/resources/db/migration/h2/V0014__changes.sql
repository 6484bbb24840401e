-- Which transaction changed a job last, for streams of changes: see JdbiJobChanges. The class of the trigger sets it, so that
-- no statement can forget to. Jobs that are there have none and are in no stream until they change.
-- Adding a column with a constant default rewrites no rows; the index locks jobs against writing while it is made.
alter table jobs add column changed bigint default 0 not null;
create index jobs_by_change on jobs (changed, id);
create trigger jobs_changed before insert, update on jobs for each row call 'io.plainsail.facade.store.StampTrigger';
