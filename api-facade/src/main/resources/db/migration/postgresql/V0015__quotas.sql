-- Jobs that a key may submit in a day, and how many it has. The column has no default and rewrites no rows; the table is new.
alter table api_keys add column jobs_per_day integer;

create table key_usage (
    on_day date not null,
    key_id varchar(100) not null,
    facade varchar(200) not null,
    jobs   bigint not null,
    constraint key_usage_pk primary key (on_day, key_id, facade)
);
