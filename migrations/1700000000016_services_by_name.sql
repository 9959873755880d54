-- Up Migration

-- Services are listed by name, some at a time. Neither a report nor settling changes a name, so updates still move no
-- index entry.
create index services_by_name on services (service_name);

-- Down Migration

drop index services_by_name;
