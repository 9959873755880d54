import { useEffect, useRef, useState } from 'preact/hooks';

import type { Answer } from '../data/answer.ts';
import { collectCommand } from '../commands/commands.ts';
import { useData } from '../data/use-data.ts';
import { tick } from '../live/store.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { BackToAll, Heading } from '../parts/heading.tsx';
import { Link } from '../parts/link.tsx';
import { Name } from '../parts/name.tsx';
import { Ago, MomentAgo } from '../parts/moment.tsx';
import { NoMatch } from '../parts/no-match.tsx';
import { Pages } from '../parts/pages.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { route, routeTo } from '../route/current.ts';
import type { Route } from '../route/route.ts';
import { isSpanChosen, shownSpan, usual } from '../span/current.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import { titleOf } from '../span/span.ts';
import { RunView } from './run-view.tsx';
import { RunState, durationOf } from './run-state.tsx';
import { ranIn, worstRunsFirst, type JobRun } from './run.ts';
import { redrawWith } from '../parts/redraw.ts';

const EACH_MS = 5000;
const JOBS_EACH_MS = 30_000;
const SHOWN = 200;
const TYPING_MS = 250;

/** The newest runs of all Spark jobs, and all jobs. */
export function JobsView() {
  const { q = '', cursor = '' } = route.value.query;
  const asked = useSettled(q);
  const { value, fault } = useData<Answer<'/job-runs'>>(runsPath(asked, cursor), EACH_MS);
  const jobs = useData<Answer<'/job'>>('/job', JOBS_EACH_MS);
  redrawWith(tick);
  const text = q.toLowerCase();
  if (value === undefined) return <Waiting fault={fault} />;
  if (value.runs.length === 0 && asked === '' && cursor === '') {
    return (
      <Empty title="No job has been heard of yet" command={collectCommand('etl')}>
        A Spark listener posts the events of each run of a job to /collect. As one would:
      </Empty>
    );
  }
  // Until all of them are searched for it, what is at hand is.
  const runs = inSpan(value.runs).filter(({ job_name, run_id }) =>
    [job_name, run_id].some((name) => name.toLowerCase().includes(text)),
  );
  const found = (jobs.value?.jobs ?? []).filter((job) => job.toLowerCase().includes(text));
  return (
    <>
      <div class="filters">
        <h1>Jobs</h1>
        <SearchField label="Search jobs and runs" text={q} />
        <SpanPicker usualSeconds={usual.day} isOptional />
      </div>
      <Fault fault={fault} />
      {runs.length === 0 && q !== '' && <NoMatch what="run" text={q} />}
      <Table
        caption={`${countOf(runs.length, value.runs.length, { text: q, cursor })}, lost ones first`}
        showsCaption
        rows={worstRunsFirst(runs)}
        keyOf={({ job_name, run_id }) => `${job_name} ${run_id}`}
        columns={[
          { title: 'Job', cell: ({ job_name }) => <JobLink job={job_name} /> },
          stateColumn,
          { title: 'Run', cell: ({ job_name, run_id }) => <RunLink job={job_name} run={run_id} /> },
          ...factColumns,
        ]}
        holdsOrder
        routeOf={({ job_name, run_id }) => routeToRun(job_name, run_id)}
      />
      <Pages next={value.next_cursor} />
      <section class="card">
        <h2>{`All jobs${found.length > SHOWN ? `: ${SHOWN} of ${found.length}` : ''}`}</h2>
        {jobs.value === undefined && <Waiting fault={jobs.fault} />}
        <ul class="names">
          {found.slice(0, SHOWN).map((job) => (
            <li key={job}>
              <JobLink job={job} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** Those that did something in the span, if one was chosen: until then all that are known. */
function inSpan<Run extends JobRun>(runs: readonly Run[]): readonly Run[] {
  const span = shownSpan(usual.day);
  return isSpanChosen() ? runs.filter((run) => ranIn(span, run)) : runs;
}

function countOf(shown: number, all: number, { text, cursor }: { text: string; cursor: string }): string {
  const which = isSpanChosen() ? `, in ${titleOf(shownSpan(usual.day))}` : '';
  const age = cursor === '' ? 'newest' : 'next';
  const runs = all === 1 ? 'run' : 'runs';
  const found = text === '' ? runs : `${runs} with “${text}”`;
  return `${shown === all ? 'The' : `${shown} of the`} ${age} ${all} ${found}${which}`;
}

const LONGEST_NAME = 255;

/** All runs are searched, not only those at hand. */
function runsPath(text: string, cursor: string): string {
  const query = new URLSearchParams({
    ...(text !== '' && { search: text.slice(0, LONGEST_NAME) }),
    ...(cursor !== '' && { cursor }),
  }).toString();
  return query === '' ? '/job-runs' : `/job-runs?${query}`;
}

/** A text once nobody types any more. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function JobLink({ job }: { job: string }) {
  return (
    <Link to={routeTo('jobs', job)}>
      <Name text={job} />
    </Link>
  );
}

/** What a run leads to: its job's page with the run named in the query, as both names may be anything. */
function routeToRun(job: string, run: string): Route {
  const to = routeTo('jobs', job);
  return { ...to, query: { ...to.query, run } };
}

function RunLink({ job, run }: { job: string; run: string }) {
  return (
    <Link to={routeToRun(job, run)}>
      <Name text={run} />
    </Link>
  );
}

/** The runs of one job, or one of them. */
export function JobView({ name }: { name: string }) {
  // Browsers fold these away in paths, whatever the encoding.
  const isAskable = name !== '.' && name !== '..';
  // Asked for by its name, one that is not there would be a fault in the browser's log every few seconds.
  const isKnown = useRef(false);
  const jobs = useData<Answer<'/job'>>(isKnown.current ? undefined : '/job', EACH_MS);
  isKnown.current ||= jobs.value?.jobs.includes(name) === true;
  const path = isKnown.current && isAskable ? `/job/${encodeURIComponent(name)}/runs` : undefined;
  const { value, fault } = useData<Answer<'/job/{name}/runs'>>(path, EACH_MS);
  redrawWith(tick);
  const runs = worstRunsFirst(inSpan(value ?? []));
  if (fault?.status === 404 || (jobs.value !== undefined && !isKnown.current)) {
    return (
      <>
        <BackToAll />
        <Empty title={`${name} was never heard of`} command={collectCommand(name)}>
          A Spark listener posts the events of each run of a job to /collect. As one would:
        </Empty>
      </>
    );
  }
  const { run: chosen } = route.value.query;
  if (chosen !== undefined && value !== undefined) {
    return <RunView job={name} runId={chosen} run={value.find(({ run_id }) => run_id === chosen)} />;
  }
  return (
    <>
      <Heading name={name}>
        <SpanPicker usualSeconds={usual.day} isOptional />
      </Heading>
      {value === undefined ? (
        <Waiting fault={fault ?? jobs.fault} />
      ) : (
        <>
          <Fault fault={fault} />
          <Table
            caption={`Runs${runs.length > SHOWN ? `: ${SHOWN} of ${runs.length}` : ''}`}
            rows={runs.slice(0, SHOWN)}
            keyOf={({ run_id }) => run_id}
            columns={[
              { title: 'Run', cell: ({ run_id }) => <RunLink job={name} run={run_id} /> },
              stateColumn,
              ...factColumns,
            ]}
            routeOf={({ run_id }) => routeToRun(name, run_id)}
            holdsOrder
          />
        </>
      )}
    </>
  );
}

// What is wrong stands beside the name, where it is in sight on a phone, too.
const stateColumn: Column<JobRun> = { title: 'State', cell: (run) => <RunState run={run} /> };
const factColumns: readonly Column<JobRun>[] = [
  {
    title: 'Started',
    cell: ({ started_at }) => (started_at === null ? '–' : <MomentAgo at={started_at / 1000} />),
  },
  { title: 'Duration', isNumber: true, cell: (run) => durationOf(run) },
  { title: 'Spark events', isNumber: true, cell: ({ events }) => events.toLocaleString('en') },
  { title: 'Last heard of', cell: ({ last_seen_at }) => <Ago at={last_seen_at / 1000} /> },
];
