-- Up Migration

-- What some records say beside their four values. Whoever says nothing has no row here. Of what was said twice the greater
-- counts, so that no order of arrival matters.
create table record_details (
  component text collate "C" not null,
  second int8 not null,
  nanosecond int4 not null,
  environment text collate "C" not null,
  state text collate "C" not null,
  version text collate "C",
  made_by text collate "C",
  url text collate "C",
  primary key (component, second, nanosecond, environment, state)
);

-- Down Migration

drop table record_details;
