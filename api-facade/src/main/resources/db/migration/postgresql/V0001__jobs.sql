-- The first tables. Creates only, locks nothing that is in use.
-- job_inputs stands apart from jobs so that a change of state does not rewrite the input.
-- No foreign keys between the hot tables: job, input, labels and outbox row are written in one transaction.


create table contracts (
    type       varchar(100) not null,
    version    integer not null,
    digest     varchar(80) not null,
    document   text not null,
    first_seen timestamp(6) with time zone not null,
    last_seen  timestamp(6) with time zone not null,
    constraint contracts_pk primary key (type, version)
);

create table jobs (
    id               uuid not null,
    type             varchar(100) not null,
    version          integer not null,
    state            varchar(12) not null,
    reason           varchar(1000),
    attempt          integer not null,
    labels           varchar(20000),
    timeout_ms       bigint not null,
    traceparent      varchar(100),
    accepted_at      timestamp(6) with time zone not null,
    started_at       timestamp(6) with time zone,
    finished_at      timestamp(6) with time zone,
    worker_service   varchar(200),
    worker_instance  varchar(200),
    worker_host      varchar(200),
    worker_release   varchar(200),
    progress_percent double precision,
    progress_message varchar(500),
    progress_at      timestamp(6) with time zone,
    output           bytea,
    file_media_type  varchar(200),
    file_size        bigint,
    file_digest      varchar(100),
    error_category   varchar(30),
    error_code       varchar(100),
    error_message    varchar(4000),
    error_class      varchar(300),
    error_stack      varchar(100),
    constraint jobs_pk primary key (id),
    constraint jobs_attempt_positive check (attempt >= 1),
    constraint jobs_state_known check (state in ('waiting', 'queued', 'running', 'succeeded', 'failed')),
    constraint jobs_finished_iff_terminal check ((state in ('succeeded', 'failed')) = (finished_at is not null))
);
-- Nearly all jobs end as succeeded: the primary key finds those, and each is spared an entry here.
create index jobs_by_state on jobs (state, id) where state <> 'succeeded';
create index jobs_by_type on jobs (type, id);

create table job_inputs (
    job_id uuid not null,
    input  bytea not null,
    constraint job_inputs_pk primary key (job_id)
);

create table job_labels (
    name   varchar(63) not null,
    val    varchar(200) not null,
    job_id uuid not null,
    constraint job_labels_pk primary key (name, val, job_id)
);

create table job_files (
    job_id  uuid not null,
    content bytea not null,
    constraint job_files_pk primary key (job_id)
);

create table job_logs (
    job_id  uuid not null,
    attempt integer not null,
    seq     integer not null,
    at      timestamp(6) with time zone not null,
    line    varchar(4000) not null,
    constraint job_logs_pk primary key (job_id, attempt, seq)
);

-- A row is a promise not yet kept: a job released for dispatch that the transport has not confirmed.
create table outbox (
    job_id          uuid not null,
    input_bytes     integer not null,
    maybe_duplicate boolean not null,
    claimed_by      varchar(200),
    claimed_until   timestamp(6) with time zone,
    available_at    timestamp(6) with time zone not null,
    failures        integer not null,
    last_error      varchar(1000),
    constraint outbox_pk primary key (job_id)
);

-- Messages that could not be read or applied, kept with the reason.
create table parked_messages (
    id        uuid not null,
    source    varchar(50) not null,
    reason    varchar(4000) not null,
    headers   text not null,
    body      bytea not null,
    parked_at timestamp(6) with time zone not null,
    constraint parked_messages_pk primary key (id)
);

create table secrets (
    name  varchar(100) not null,
    val   varchar(200) not null,
    constraint secrets_pk primary key (name)
);
