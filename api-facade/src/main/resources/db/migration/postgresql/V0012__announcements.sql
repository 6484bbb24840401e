-- What came of each contract that was announced, and which instance speaks which. document: the contract; findings: the
-- verdict with its reasons, as it is answered. Creates only, locks nothing that is in use.
create table announcements (
    type       varchar(100) not null,
    version    integer not null,
    digest     varchar(80) not null,
    document   text not null,
    state      varchar(10) not null,
    against    varchar(80),
    findings   text not null,
    decided_at timestamp(6) with time zone not null,
    first_seen timestamp(6) with time zone not null,
    last_seen  timestamp(6) with time zone not null,
    constraint announcements_pk primary key (type, version, digest),
    constraint announcements_state_known check (state in ('accepted', 'refused'))
);

create table speakers (
    type      varchar(100) not null,
    version   integer not null,
    instance  varchar(200) not null,
    service   varchar(200) not null,
    host      varchar(200) not null,
    release   varchar(200) not null,
    digest    varchar(80) not null,
    last_seen timestamp(6) with time zone not null,
    constraint speakers_pk primary key (type, version, instance)
);
