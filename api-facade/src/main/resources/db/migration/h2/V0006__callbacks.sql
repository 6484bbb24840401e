-- The ends of these jobs are told by a webhook. callback: the input of its job less the body; told_by: that job.
create table callbacks (
    job_id   uuid not null,
    callback varchar(32000) not null,
    told_by  uuid,
    constraint callbacks_pk primary key (job_id)
);
create index callbacks_due on callbacks (told_by);
