-- Who has sent jobs of a type and version, how many and when last, as each facade counted them. Creates only, locks nothing
-- that is in use.
create table callers (
    type     varchar(100) not null,
    version  integer not null,
    tenant   varchar(63) not null,
    caller   varchar(100) not null,
    facade   varchar(200) not null,
    jobs     bigint not null,
    first_at timestamp(6) with time zone not null,
    last_at  timestamp(6) with time zone not null,
    constraint callers_pk primary key (type, version, tenant, caller, facade)
);
