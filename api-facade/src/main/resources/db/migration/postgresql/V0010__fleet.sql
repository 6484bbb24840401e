-- Worker instances, as they were last heard of. types: keys, a space between two.
-- Creates only, locks nothing that is in use.
create table workers (
    instance   varchar(200) not null,
    service    varchar(200) not null,
    host       varchar(200) not null,
    release    varchar(200) not null,
    types      varchar(20000) not null,
    state      varchar(20) not null,
    running    integer not null,
    capacity   integer not null,
    started_at timestamp(6) with time zone not null,
    last_seen  timestamp(6) with time zone not null,
    drain      boolean not null,
    constraint workers_pk primary key (instance)
);

-- How many jobs each facade accepted in a minute, and how many were forgotten (under no facade's name), apart from the
-- jobs themselves: the other side of a receipt.
create table ledger (
    facade    varchar(200) not null,
    in_minute timestamp(6) with time zone not null,
    counted   bigint not null,
    forgotten bigint not null,
    constraint ledger_pk primary key (in_minute, facade)
);
