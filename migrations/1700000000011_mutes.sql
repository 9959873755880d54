-- Up Migration

-- Who is not to be told of which services, until when, and who said so. A mute is never changed: it ends by itself at
-- until_at, or before that by ended_at, which is set once. Times are unix seconds by the server's clock.
create table mutes (
  mute_id uuid primary key default gen_random_uuid(),
  pattern text collate "C" not null check (char_length(pattern) between 1 and 255), -- * any characters, ? one
  author text collate "C" not null check (char_length(author) between 1 and 255),
  note text collate "C" not null check (char_length(note) <= 1000),
  begun_at float8 not null,
  until_at float8 not null check (until_at > begun_at),
  ended_at float8 check (ended_at >= begun_at and ended_at < until_at),
  like_pattern text collate "C" not null generated always as (
    translate(regexp_replace(pattern, '([\\%_])', '\\\1', 'g'), '*?', '%_')
  ) stored
);

-- What is asked for is mostly what holds now, or the newest.
create index mutes_by_end on mutes (until_at) where ended_at is null;
create index mutes_by_begin on mutes (begun_at, mute_id);

-- Down Migration

drop table mutes;
