-- Up Migration

-- Health checks, each as it ended. Times are whole milliseconds since 1970, by the clock of whoever checked. The key also
-- makes storing a check again change nothing.
create table checks (
  target text collate "C" not null check (char_length(target) between 1 and 255),
  checked_ms int8 not null,
  code int4, -- null: no whole response came
  outcome text collate "C" not null check (char_length(outcome) between 1 and 50),
  failed boolean not null,
  latency_ms float8 not null check (latency_ms >= 0),
  primary key (target, checked_ms),
  check (code is null or outcome = code::text)
);

-- What is asked for is mostly the last minutes of all targets.
create index checks_by_time on checks (checked_ms, target);

-- Down Migration

drop table checks;
