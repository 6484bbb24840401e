-- claim_id: the claim that gave the lease, until the attempt announces itself: one whose answer nobody heard is void.
alter table jobs add column claim_id uuid;
