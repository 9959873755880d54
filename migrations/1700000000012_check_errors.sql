-- Up Migration

-- Of a check that failed, why, in words; of one over TLS, when the certificate ends. Programs that do not know of these
-- leave them out.
alter table checks
  add column error text check (char_length(error) between 1 and 500),
  add column certificate_end_ms int8;

-- Down Migration

alter table checks
  drop column error,
  drop column certificate_end_ms;
