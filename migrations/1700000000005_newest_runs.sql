-- Up Migration

-- The newest runs of all jobs, for an overview. A run's number never changes, so payloads still move no index entry.
create unique index job_runs_by_number on job_runs (run_number);

-- Down Migration

drop index job_runs_by_number;
