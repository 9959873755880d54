import type { Answer, Schema } from '../data/answer.ts';
import { useData } from '../data/use-data.ts';
import { tick } from '../live/store.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { Filter } from '../parts/filter.tsx';
import { Link } from '../parts/link.tsx';
import { Ago, Moment, MomentAgo } from '../parts/moment.tsx';
import { Name } from '../parts/name.tsx';
import { Pages } from '../parts/pages.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { Mark } from '../parts/state-mark.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { route, routeTo } from '../route/current.ts';

/** As `GET /notifications` tells it; times are unix seconds. */
type Notification = Schema<'Notification'>;

type NotificationsAnswer = Answer<'/notifications'>;

const EACH_MS = 5000;
const looks = {
  waiting: ['●', 'state-deploy'],
  sent: ['✓', 'check-good'],
  failed: ['▲', 'state-issue'],
} as const;

/** Who was told what, what waits, and what failed and why; of the last seven days. */
export function NotificationsView() {
  redrawWith(tick);
  const { status = '', cursor = '' } = route.value.query;
  const asked = new URLSearchParams(Object.entries({ status, cursor }).filter(([, value]) => value !== ''));
  const { value, fault } = useData<NotificationsAnswer>(`/notifications?${asked.toString()}`, EACH_MS);
  if (value === undefined) return <Waiting fault={fault} />;
  const { receivers, notifications, next_cursor: next } = value;
  if (receivers.length === 0 && notifications.length === 0 && status === '' && cursor === '') {
    return (
      <Empty title="Nobody is told" command='NOTIFY_URLS="ops=$HOOK_URL" ./scripts/start.sh'>
        Name who is to be told of issues, as name=url, separated by commas:
      </Empty>
    );
  }
  return (
    <>
      <div class="filters">
        <h1>Notifications</h1>
        <Filter label="Status" property="status" value={status} options={Object.keys(looks)} />
      </div>
      <Fault fault={fault} />
      {receivers.length === 0 && <p>Nobody is told any more: NOTIFY_URLS names nobody.</p>}
      <ul class="receivers" aria-label="Who is told">
        {[...receivers]
          .sort((a, b) => Number(fails(b)) - Number(fails(a)))
          .map((receiver) => (
            <li key={receiver.name}>
              <ReceiverState receiver={receiver} />
            </li>
          ))}
      </ul>
      {notifications.length === 0 && <p>Nothing of the last seven days is here.</p>}
      <Table
        caption="Notifications of the last seven days, newest first"
        showsCaption
        rows={notifications}
        keyOf={({ id }) => id}
        columns={columns}
        routeOf={({ service }) => routeTo('services', service)}
        holdsOrder
      />
      <Pages next={next} />
    </>
  );
}

type Receiver = NotificationsAnswer['receivers'][number];

/** What was tried, and still waits. */
function fails({ outcome }: Receiver): boolean {
  return outcome !== null;
}

/** Whether a receiver takes what it is told, and if not, why and for how long. */
function ReceiverState({ receiver }: { receiver: Receiver }) {
  const { name, kind, waiting_since: since, outcome } = receiver;
  const [shape, look] = looks[fails(receiver) ? 'failed' : 'sent'];
  return (
    <>
      <Name text={name} /> ({kind}):{' '}
      <Mark shape={shape} kind={look}>
        {fails(receiver) ? `does not take them: ${outcome ?? ''}` : 'takes them'}
      </Mark>
      {fails(receiver) && since !== null && (
        <span class="muted">
          , the oldest waits since <MomentAgo at={since} />
        </span>
      )}
    </>
  );
}

const columns: readonly Column<Notification>[] = [
  {
    title: 'Service',
    cell: ({ service }) => (
      <Link to={routeTo('services', service)}>
        <Name text={service} />
      </Link>
    ),
  },
  {
    title: 'Status',
    cell: ({ status }) => (
      <Mark shape={looks[status][0]} kind={looks[status][1]}>
        {status}
      </Mark>
    ),
  },
  { title: 'What', cell: ({ state, kind }) => `${state} ${kind}` },
  { title: 'To', cell: ({ receiver }) => <Name text={receiver} /> },
  { title: 'Found', cell: ({ at }) => <MomentAgo at={at} /> },
  { title: 'Tries', isNumber: true, cell: ({ tries }) => tries },
  {
    title: 'Came to',
    cell: ({ outcome, sent_at: sentAt, next_try_at: nextAt }) => (
      <>
        {outcome ?? 'waits for its turn'}
        {sentAt !== null && (
          <>
            , <Ago at={sentAt} />
          </>
        )}
        {outcome !== null && sentAt === null && nextAt !== null && (
          <>
            , next try <Moment at={nextAt} />
          </>
        )}
      </>
    ),
  },
  { title: 'Rule', cell: ({ rule }) => <Name text={rule} /> },
];
