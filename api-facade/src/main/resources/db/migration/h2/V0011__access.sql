-- API keys, whose jobs are whose, and who changed what. Jobs that are there are nobody's: only callers that see all tenants
-- see them. Adding a column with a constant default rewrites no rows; the index locks jobs against writing while it is made.
create table api_keys (
    id         varchar(20) not null,
    hash       varchar(64) not null,
    name       varchar(200) not null,
    tenant     varchar(63),
    role       varchar(20) not null,
    job_types  varchar(20000) not null,
    per_minute integer,
    created_at timestamp(6) with time zone not null,
    created_by varchar(100) not null,
    expires_at timestamp(6) with time zone,
    constraint api_keys_pk primary key (id),
    constraint api_keys_role_known check (role in ('reader', 'submitter', 'operator', 'admin', 'worker'))
);

alter table jobs add column tenant varchar(63) default '' not null;
alter table jobs add column caller varchar(100) default 'anonymous' not null;
create index jobs_by_tenant on jobs (tenant, id);

-- A tenant's keys are its own: the name stands before them.
alter table idempotency_keys alter column id set data type varchar(330);

-- detail: JSON of what was before and is after, where that is known.
create table audit (
    id     uuid not null,
    at     timestamp(6) with time zone not null,
    caller varchar(100) not null,
    remote varchar(100) not null,
    action varchar(2000) not null,
    status integer not null,
    detail varchar(20000),
    constraint audit_pk primary key (id)
);
