-- Which transaction changed a job last, for streams of changes: see JdbiJobChanges. Default and trigger set it, so that no
-- statement can forget to. Jobs that are there have none and are in no stream until they change.
-- Adding a column with a constant default rewrites no rows; the index locks jobs against writing while it is made.
alter table jobs add column changed bigint default 0 not null;
alter table jobs alter column changed set default (cast(cast(pg_current_xact_id() as text) as bigint));
create index jobs_by_change on jobs (changed, id);

create function stamp_change() returns trigger language plpgsql as $$
begin
    new.changed := cast(cast(pg_current_xact_id() as text) as bigint);
    return new;
end $$;

-- What is not shown (a lease, a claim) is no change.
create trigger jobs_changed before update on jobs for each row
    when ((old.state, old.reason, old.attempt, old.started_at, old.finished_at, old.retry_at, old.worker_instance,
            old.progress_percent, old.progress_message, old.progress_at)
        is distinct from (new.state, new.reason, new.attempt, new.started_at, new.finished_at, new.retry_at,
            new.worker_instance, new.progress_percent, new.progress_message, new.progress_at))
    execute function stamp_change();
