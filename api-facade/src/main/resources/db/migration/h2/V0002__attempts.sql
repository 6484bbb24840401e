-- Jobs that failed for now are tried again: each ended attempt is kept, the current one stands in jobs.
alter table jobs add column retry_attempts integer;
alter table jobs add column retry_max_backoff_ms bigint;
alter table jobs add column retry_at timestamp(6) with time zone;
alter table jobs drop constraint jobs_state_known;
alter table jobs add constraint jobs_state_known
    check (state in ('waiting', 'queued', 'running', 'retrying', 'succeeded', 'failed'));

create table attempts (
    job_id          uuid not null,
    attempt         integer not null,
    started_at      timestamp(6) with time zone not null,
    ended_at        timestamp(6) with time zone not null,
    worker_service  varchar(200) not null,
    worker_instance varchar(200) not null,
    worker_host     varchar(200) not null,
    worker_release  varchar(200) not null,
    reason          varchar(1000) not null,
    error_category  varchar(30),
    error_code      varchar(100),
    error_message   varchar(4000),
    error_class     varchar(300),
    error_stack     varchar(100),
    constraint attempts_pk primary key (job_id, attempt)
);
