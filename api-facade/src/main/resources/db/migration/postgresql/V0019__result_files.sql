-- Result files that are too large for an outcome, in parts: every facade of this store serves them. H2 serves one facade,
-- whose result files lie beside it in a directory. They are compressed already, or not worth it.
create table result_files (
    job_id  uuid not null,
    attempt integer not null,
    part    integer not null,
    content bytea not null,
    constraint result_files_pk primary key (job_id, attempt, part)
);
alter table result_files alter column content set storage external;
