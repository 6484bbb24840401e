-- Failed jobs are grouped by what went wrong, and can be replayed as new jobs that know their origin.
alter table jobs add column fingerprint varchar(64);
alter table jobs add column replay_of uuid;
create index jobs_by_fingerprint on jobs (fingerprint, id);
-- A job is replayed once; what comes of it can be replayed in its turn.
create unique index jobs_by_origin on jobs (replay_of);
