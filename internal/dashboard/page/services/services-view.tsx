import { useEffect, useRef, useState } from 'preact/hooks';

import { reportCommand } from '../commands/commands.ts';
import { isAnythingKnown, knownNow, services, told } from '../live/store.ts';
import type { ServiceNow, State } from '../live/services-items.ts';
import { Empty } from '../parts/empty.tsx';
import { inHeldOrder } from '../parts/held-order.ts';
import { NoMatch } from '../parts/no-match.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { useHold, type Hold } from '../parts/use-hold.ts';
import { Waiting } from '../parts/waiting.tsx';
import { route, show, withQuery } from '../route/current.ts';
import { countStates, worstFirst, type Filter } from './order.ts';
import { useRecentIssues, type RecentIssues } from './recent-issues.ts';
import { Rows } from './rows.tsx';
import { redrawWith } from '../parts/redraw.ts';

// Sorting ten thousand services takes some milliseconds: often enough for eyes, too seldom to be felt.
const SORT_EACH_MS = 500;
const nothing: ReadonlyMap<string, RecentIssues> = new Map();
const states: readonly State[] = ['issue', 'deploy', 'idle'];

/** All services: how many are in each state, and each of them, worst first. */
export function ServicesView() {
  const { query } = route.value;
  const state = states.find((each) => each === query.state);
  const text = query.q ?? '';
  const recent = useRecentIssues();
  const hold = useHold();
  const sorted = useSorted({ state, text }, recent ?? nothing, hold);
  redrawWith(told);
  if (services.items.size === 0) {
    if (!isAnythingKnown.value) return <Waiting />;
    return (
      <Empty title="No service has been reported yet" command={reportCommand('web')}>
        Agents report what state they see a service in. Send a first report:
      </Empty>
    );
  }
  return (
    <>
      <h1 class="unseen">Services</h1>
      <div class="filters">
        <div class="counts" role="group" aria-label="Filter by state">
          {states.map((each) => (
            <button
              key={each}
              type="button"
              class={`count count-${each}`}
              aria-pressed={state === each}
              onClick={() => show(withQuery({ state: state === each ? '' : each }))}
            >
              <span class="count-number">{sorted.counts[each].toLocaleString('en')}</span>{' '}
              <StateMark state={each} />
            </button>
          ))}
        </div>
        <SearchField label="Search services by name" text={text} />
      </div>
      <Rows {...sorted} total={services.items.size} recent={recent} hold={hold} />
      {sorted.rows.length === 0 && (
        <NoMatch what={state === undefined ? 'service' : `service in ${state}`} text={text} />
      )}
    </>
  );
}

interface Sorted {
  readonly rows: readonly ServiceNow[];
  /** Whether they would be in another order, if that were not held. */
  readonly isHeld: boolean;
  readonly version: number;
  readonly filter: string;
  readonly recent: ReadonlyMap<string, RecentIssues>;
  /** Of what is searched for, whatever its state. */
  readonly counts: Readonly<Record<State, number>>;
}

function useSorted(
  { state, text }: Filter,
  recent: ReadonlyMap<string, RecentIssues>,
  { isHeld }: Hold,
): Sorted {
  const [, sortAgain] = useState(0);
  const sorted = useRef<Sorted>(undefined);
  const filter = `${state ?? ''} ${text}`;
  const sort = (): Sorted => {
    const { version } = services;
    const best = worstFirst(services.items.values(), { state, text }, { recent, now: knownNow() });
    const shown = sorted.current;
    const held =
      shown?.filter === filter && isHeld()
        ? inHeldOrder(shown.rows.map(keyOf), best, keyOf, (name) => services.items.get(name))
        : best;
    const isDifferent = held.some((row, index) => row !== best[index]);
    const counts = text === '' ? services.counts : countStates(services.items.values(), text);
    return (sorted.current = { rows: held, isHeld: isDifferent, version, filter, recent, counts });
  };
  const latest = useRef(sort);
  latest.current = sort;
  useEffect(() => {
    const timer = setInterval(() => {
      const { current: shown } = sorted;
      const isNew = shown?.version !== services.version || shown.recent !== recent;
      // What was held is put in order once it is let go.
      if (!isNew && !(shown.isHeld && !isHeld())) return;
      latest.current();
      sortAgain((times) => times + 1);
    }, SORT_EACH_MS);
    return () => clearInterval(timer);
  }, [filter, recent]);
  return sorted.current?.filter === filter ? sorted.current : sort();
}

const keyOf = ({ name }: ServiceNow) => name;
