-- What callers named their requests with. item: which job of the request; payload: SHA-256 of its body.
create table idempotency_keys (
    id      varchar(255) not null,
    item    int not null,
    payload varchar(64) not null,
    job_id  uuid not null,
    constraint idempotency_keys_pk primary key (id, item)
);
create index idempotency_keys_job on idempotency_keys (job_id);
