-- Up Migration

-- What happened in a span, of all components and jobs. A run's start and end change once or twice in its life, so payloads
-- still move hardly any index entry.
create index deployment_records_by_time on deployment_records (second, nanosecond);
create index job_runs_by_start on job_runs (first_start_ms);
create index job_runs_by_end on job_runs (last_end_ms);

-- Down Migration

drop index deployment_records_by_time;
drop index job_runs_by_start;
drop index job_runs_by_end;
