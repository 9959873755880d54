-- Up Migration

-- Which mutes ended in a span, by themselves or before that. A mute is ended once, so the index entry moves once.
create index mutes_by_true_end on mutes ((coalesce(ended_at, until_at)));

-- Down Migration

drop index mutes_by_true_end;
