-- Attempts are leased and fenced; jobs can be cancelled, and expire.
-- message_attempt: of the newest message; lost_attempts: ended without a word; asked_at: since when a second copy asks.
alter table jobs add column message_attempt integer default 1 not null;
alter table jobs add column lost_attempts integer default 0 not null;
alter table jobs add column lease_until timestamp(6) with time zone;
alter table jobs add column asked_at timestamp(6) with time zone;
alter table jobs add column start_by timestamp(6) with time zone;
alter table jobs add column end_by timestamp(6) with time zone;
update jobs set message_attempt = attempt where state = 'retrying';
alter table jobs drop constraint jobs_state_known;
alter table jobs add constraint jobs_state_known check
    (state in ('waiting', 'queued', 'running', 'retrying', 'succeeded', 'failed', 'cancelled', 'expired'));
alter table jobs drop constraint jobs_finished_iff_terminal;
alter table jobs add constraint jobs_finished_iff_terminal check
    ((state in ('succeeded', 'failed', 'cancelled', 'expired')) = (finished_at is not null));

-- The limits in time that callers gave, until they are looked at: only jobs that have some.
create table job_limits (
    job_id uuid not null,
    kind   varchar(5) not null,
    at     timestamp(6) with time zone not null,
    constraint job_limits_pk primary key (job_id, kind),
    constraint job_limits_kind_known check (kind in ('start', 'end'))
);
create index job_limits_by_time on job_limits (at);

-- Jobs that ended while their first message was on its way: whoever gets it must not run it.
create table unwanted_messages (
    job_id  uuid not null,
    type    varchar(100) not null,
    version integer not null,
    constraint unwanted_messages_pk primary key (job_id)
);
create index unwanted_messages_by_type on unwanted_messages (type, version);
