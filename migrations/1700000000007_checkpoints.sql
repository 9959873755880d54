-- Up Migration

-- What the newest interval of a service was by its hours before checkpoint_hour (internal/services/checkpoint.ts): what
-- lasts for months need not be read hour by hour to say since when. Whoever changes one of those hours takes it away in
-- the same transaction, so it is never stale; without it everything is read from observations. Without an interval:
-- nothing was observed before that hour. Instants in unix seconds; the gap is GAP_SECONDS, by which it was made.
alter table services
  add column checkpoint_hour int4,
  add column checkpoint_gap int4,
  add column checkpoint_state text check (checkpoint_state in ('deploy', 'issue')),
  add column checkpoint_start int8,
  add column checkpoint_end int8,
  -- The hour of the one that is being made; taken away with the others, and then that one is not kept.
  add column checkpoint_claim int4;

-- Down Migration

alter table services
  drop column checkpoint_hour,
  drop column checkpoint_gap,
  drop column checkpoint_state,
  drop column checkpoint_start,
  drop column checkpoint_end,
  drop column checkpoint_claim;
