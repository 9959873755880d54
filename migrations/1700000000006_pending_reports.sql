-- Up Migration

-- Reports that are committed and not yet added to observations: one row per batch, as bytes (internal/services/
-- report-rows.ts), with no look at what is known. A batch costs the same however many services it names; whoever settles
-- takes many batches at once, deletes them, and adds their seconds in the same transaction.
create table pending_reports (
  batch_id int8 generated always as identity primary key,
  reports bytea not null
);

-- Read once, soon after it was written: not worth compressing.
alter table pending_reports alter column reports set storage external;

-- Down Migration

-- Reports that are pending would be lost: the service that knows their layout settles them.
do $$ begin
  if exists (select from pending_reports) then
    raise exception 'reports are pending: start the service once more, so that it settles them';
  end if;
end $$;
drop table pending_reports;
