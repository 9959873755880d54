import { useData } from '../data/use-data.ts';
import { knownNow, tick } from '../live/store.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { Link } from '../parts/link.tsx';
import { Moment, Since } from '../parts/moment.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { Table } from '../parts/table.tsx';
import { route } from '../route/current.ts';
import { formatDuration } from '../time/format.ts';
import { worstRunsFirst, type JobRun } from './run.ts';
import { redrawWith } from '../parts/redraw.ts';

const EACH_MS = 5000;
const SHOWN = 200;

/** All Spark jobs. */
export function JobsView() {
  const { value, fault } = useData<{ readonly jobs: readonly string[] }>('/job', EACH_MS);
  const text = route.value.query.q ?? '';
  if (value === undefined)
    return fault === undefined ? <p class="waiting">Waiting for the service…</p> : <Fault fault={fault} />;
  if (value.jobs.length === 0) {
    return (
      <Empty title="No job has been heard of yet" command={collectCommand()}>
        A Spark listener posts the events of each run of a job to /collect. As one would:
      </Empty>
    );
  }
  const found = value.jobs.filter((job) => job.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <div class="filters">
        <h1>Jobs</h1>
        <SearchField label="Search jobs" text={text} />
      </div>
      <Fault fault={fault} />
      <Table
        caption={`Jobs${found.length > SHOWN ? `: ${SHOWN} of ${found.length}` : ''}`}
        rows={found.slice(0, SHOWN)}
        keyOf={(job) => job}
        columns={[
          {
            title: 'Job',
            cell: (job) => (
              <Link to={{ view: 'jobs', name: job, query: { utc: route.value.query.utc ?? '' } }}>
                <bdi>{job}</bdi>
              </Link>
            ),
          },
          { title: 'Latest run', cell: (job) => <LatestRun job={job} /> },
        ]}
      />
    </>
  );
}

function useRuns(job: string) {
  // Browsers fold these away in paths, whatever the encoding.
  const isPath = job !== '.' && job !== '..';
  return useData<readonly JobRun[]>(isPath ? `/job/${encodeURIComponent(job)}/runs` : undefined, EACH_MS);
}

function LatestRun({ job }: { job: string }) {
  const latest = useRuns(job).value?.toSorted((a, b) => b.last_seen_at - a.last_seen_at)[0];
  if (latest === undefined) return null;
  return (
    <>
      <RunState run={latest} />{' '}
      <span class="muted">
        heard of <Since at={latest.last_seen_at / 1000} /> ago
      </span>
    </>
  );
}

/** The runs of one job. */
export function JobView({ name }: { name: string }) {
  const { value, fault } = useRuns(name);
  redrawWith(tick);
  const runs = worstRunsFirst(value ?? []);
  return (
    <>
      <div class="heading">
        <Link to={{ view: 'jobs', name: undefined, query: { utc: route.value.query.utc ?? '' } }}>
          ← All jobs
        </Link>
        <h1>
          <bdi>{name}</bdi>
        </h1>
      </div>
      <Fault fault={fault} />
      <Table
        caption={`Runs${runs.length > SHOWN ? `: ${SHOWN} of ${runs.length}` : ''}`}
        rows={runs.slice(0, SHOWN)}
        keyOf={({ run_id }) => run_id}
        columns={[
          { title: 'Run', cell: ({ run_id }) => <bdi>{run_id}</bdi> },
          { title: 'State', cell: (run) => <RunState run={run} /> },
          {
            title: 'Started',
            cell: ({ started_at }) => (started_at === null ? '–' : <Moment at={started_at / 1000} />),
          },
          { title: 'Duration', isNumber: true, cell: (run) => durationOf(run) },
          { title: 'Spark events', isNumber: true, cell: ({ events }) => events.toLocaleString('en') },
          { title: 'Last heard of', cell: ({ last_seen_at }) => <Moment at={last_seen_at / 1000} /> },
        ]}
      />
    </>
  );
}

function durationOf({ state, started_at, duration_ms }: JobRun): string {
  if (duration_ms !== null) return formatDuration(duration_ms / 1000);
  return state === 'running' && started_at !== null
    ? `${formatDuration(knownNow() - started_at / 1000)} so far`
    : '–';
}

const marks = {
  lost: ['▲', 'state-issue'],
  running: ['●', 'state-deploy'],
  finished: ['✓', 'check-good'],
} as const;

function RunState({ run: { state } }: { run: JobRun }) {
  const [shape, kind] = marks[state];
  return (
    <span class={`state ${kind}`}>
      <span class="state-shape" aria-hidden="true">
        {shape}
      </span>
      {state}
    </span>
  );
}

function collectCommand(): string {
  const payload =
    '{"job_name": "etl", "run_id": "1", "counters": {"payload_counter": 1}, "messages": [{"message_type": "heartbeat", "generated_at": 0, "content": ""}]}';
  return `curl ${location.origin}/collect -d '${payload}'`;
}
