import { recordCommand } from '../commands/commands.ts';
import { useData } from '../data/use-data.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { BackToAll, Heading } from '../parts/heading.tsx';
import { Link } from '../parts/link.tsx';
import { Name } from '../parts/name.tsx';
import { tick } from '../live/store.ts';
import { Ago, MomentAgo } from '../parts/moment.tsx';
import { NoMatch } from '../parts/no-match.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { Table } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { route, routeTo } from '../route/current.ts';
import { shownSpan, usual } from '../span/current.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import { boundsOf, titleOf } from '../span/span.ts';
import { DeliveryCard } from './delivery-card.tsx';
import { toMatrix } from './matrix.ts';
import { RecordState } from './record-state.tsx';
import type { DeploymentRecord, RecordsAnswer } from './record.ts';

const EACH_MS = 5000;
// More rows than this are found by searching, not by reading.
const SHOWN_ROWS = 200;
const SHOWN_RECORDS = 500;

/** What is deployed where: components by environments. */
export function DeploymentsView() {
  const { value, fault } = useData<RecordsAnswer>('/current', EACH_MS);
  const text = route.value.query.q ?? '';
  if (value === undefined) return <Waiting fault={fault} />;
  if (value.Records.length === 0) {
    return (
      <Empty title="No deployment has been recorded yet" command={recordCommand('web')}>
        Whoever deploys posts records: at this time this component was in this state in this environment.
      </Empty>
    );
  }
  const { environments, rows } = toMatrix(value.Records, text);
  return (
    <>
      <div class="filters">
        <h1>Deployments</h1>
        <SearchField label="Search components" text={text} />
        <SpanPicker usualSeconds={usual.month} />
      </div>
      <Fault fault={fault} />
      <DeliveryCard />
      {rows.length === 0 && <NoMatch what="component" text={text} />}
      <Table
        caption={`What is deployed where${rows.length > SHOWN_ROWS ? `: ${SHOWN_ROWS} of ${rows.length} components` : ''}`}
        showsCaption
        rows={rows.slice(0, SHOWN_ROWS)}
        keyOf={({ component }) => component}
        holdsOrder
        routeOf={({ component }) => routeTo('deployments', component)}
        columns={[
          {
            title: 'Component',
            cell: ({ component }) => (
              <Link to={routeTo('deployments', component)}>
                <Name text={component} />
              </Link>
            ),
          },
          ...environments.map((environment) => ({
            title: environment,
            cell: ({ cells }: (typeof rows)[number]) => {
              const record = cells.get(environment);
              if (record === undefined) return <span class="muted">–</span>;
              return (
                <span class="deployed">
                  <RecordState state={record.State} />{' '}
                  {record.Version !== undefined && <Name text={record.Version} />}{' '}
                  <span class="muted">
                    <Ago at={Date.parse(record.Timestamp) / 1000} />
                  </span>
                </span>
              );
            },
          })),
        ]}
      />
    </>
  );
}

/** The history of one component, newest first. */
export function ComponentView({ name }: { name: string }) {
  redrawWith(tick);
  const span = shownSpan(usual.month);
  const path = `/historical/${encodeURIComponent(name)}?${new URLSearchParams([...boundsOf(span)]).toString()}`;
  const { value, fault } = useData<RecordsAnswer>(path, EACH_MS);
  if (value === undefined) {
    return (
      <>
        <Heading name={name} />
        <Waiting fault={fault} />
      </>
    );
  }
  const records = value.Records.toReversed();
  if (records.length === 0) {
    return (
      <>
        <BackToAll />
        <SpanPicker usualSeconds={usual.month} />
        <Empty
          title={`No deployment of ${name} was recorded in ${titleOf(span)}`}
          command={recordCommand(name)}
        >
          Whoever deploys it posts records, such as:
        </Empty>
      </>
    );
  }
  return (
    <>
      <Heading name={name}>
        <SpanPicker usualSeconds={usual.month} />
      </Heading>
      <Fault fault={fault} />
      <DeliveryCard component={name} />
      <Table
        caption={`Records of ${titleOf(span)}, newest first: ${Math.min(records.length, SHOWN_RECORDS)} of ${records.length}`}
        showsCaption
        rows={records.slice(0, SHOWN_RECORDS)}
        keyOf={({ Environment, State, Timestamp }) => `${Environment} ${Timestamp} ${State}`}
        columns={[
          { title: 'Time', cell: ({ Timestamp }) => <MomentAgo at={Date.parse(Timestamp) / 1000} /> },
          { title: 'Environment', cell: ({ Environment }) => Environment },
          { title: 'State', cell: (record) => <RecordState state={record.State} /> },
          ...(records.some(({ Version, Url }) => (Version ?? Url) !== undefined)
            ? [{ title: 'Version', cell: (record: DeploymentRecord) => <Version record={record} /> }]
            : []),
          ...(records.some(({ By }) => By !== undefined)
            ? [{ title: 'By', cell: ({ By }: DeploymentRecord) => <Name text={By ?? '–'} /> }]
            : []),
        ]}
      />
    </>
  );
}

/** What was deployed; it leads to where there is more about it. */
function Version({ record: { Version: version, Url: url } }: { record: DeploymentRecord }) {
  if (url === undefined) return <Name text={version ?? '–'} />;
  return (
    <a href={url} rel="noreferrer">
      <Name text={version ?? 'more'} />
    </a>
  );
}
