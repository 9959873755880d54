import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';

import { Happened } from '../changes/happened.tsx';
import { reportCommand } from '../commands/commands.ts';
import { isKiosk } from '../kiosk.ts';
import { isAnythingKnown, knownNow, services, told } from '../live/store.ts';
import type { State } from '../live/services-items.ts';
import { Empty } from '../parts/empty.tsx';
import { inHeldOrder } from '../parts/held-order.ts';
import { NoMatch } from '../parts/no-match.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { useHold, type Hold } from '../parts/use-hold.ts';
import { Waiting } from '../parts/waiting.tsx';
import { route, show, withQuery } from '../route/current.ts';
import { csvOf, download } from './csv.ts';
import { favourites } from './favourites.ts';
import { rowsOf, type ListRow } from './groups.ts';
import { countStates, worstFirst } from './order.ts';
import { RecentIssues } from './recent-issues.ts';
import { usual } from '../span/current.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import { Rows } from './rows.tsx';
import { parseSearch } from './search.ts';
import { redrawWith } from '../parts/redraw.ts';

// Sorting ten thousand services takes some milliseconds: often enough for eyes, too seldom to be felt.
const SORT_EACH_MS = 500;
const states: readonly State[] = ['issue', 'deploy', 'idle'];
const total = computed(() => {
  redrawWith(told);
  return services.ids.length;
});

/** All services: how many are in each state, and each of them, worst first. */
export function ServicesView() {
  const { query } = route.value;
  const state = states.find((each) => each === query.state);
  const text = query.q ?? '';
  const onlyFavourites = query.fav === '1';
  const hold = useHold();
  const wanted = useWanted(state, text, onlyFavourites ? favourites.value : undefined);
  const sorted = useSorted(wanted, hold);
  if (total.value === 0) {
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
      <RecentIssues />
      <div class="filters">
        <Counts sorted={sorted} state={state} />
        <button
          type="button"
          class="control only-favourites"
          aria-pressed={onlyFavourites}
          aria-label="Favourites"
          title="Those that are marked in this browser"
          onClick={() => show(withQuery({ fav: onlyFavourites ? '' : '1' }))}
        >
          ★<span> Favourites</span>
        </button>
        <SearchField
          label="Search services by name"
          text={text}
          hint={
            'Words that a name must hold, -words that it must not, "some words" as they are, /regular expressions/'
          }
        />
        <button
          type="button"
          class="control"
          title="What is listed, as a table for spreadsheets"
          onClick={() => download('services.csv', tableOf(sorted.peek().rows))}
        >
          CSV
        </button>
        <SpanPicker usualSeconds={usual.hour} />
        {wanted.fault !== undefined && (
          <p class="fault" role="status">
            {wanted.fault}
          </p>
        )}
      </div>
      <div class="beside">
        <div class="beside-main">
          <Listed
            sorted={sorted}
            hold={hold}
            what={`${onlyFavourites ? 'favourite ' : ''}service${state === undefined ? '' : ` in ${state}`}`}
            text={text}
          />
        </div>
        {!isKiosk && <Happened />}
      </div>
    </>
  );
}

interface CountsProps {
  readonly sorted: ReadonlySignal<Sorted>;
  readonly state: State | undefined;
}

/** How many services are in each state, as what is listed. */
function Counts({ sorted, state }: CountsProps) {
  const { counts } = sorted.value;
  return (
    <div class="counts" role="group" aria-label="Filter by state">
      {states.map((each) => (
        <button
          key={each}
          type="button"
          class={`count count-${each}`}
          aria-pressed={state === each}
          onClick={() => show(withQuery({ state: state === each ? '' : each }))}
        >
          <span class="count-number">{counts[each].toLocaleString('en')}</span> <StateMark state={each} />
        </button>
      ))}
    </div>
  );
}

interface ListedProps {
  readonly sorted: ReadonlySignal<Sorted>;
  readonly hold: Hold;
  /** What is looked for. */
  readonly what: string;
  readonly text: string;
}

/** What is drawn anew each time that services are put in order, which what is around it is not. */
function Listed({ sorted, hold, what, text }: ListedProps) {
  const { rows: ids, filter, isHeld } = sorted.value;
  const open = route.value.query.open ?? '';
  const rows = useMemo(
    (): readonly ListRow[] =>
      separator === undefined ? ids : rowsOf(services, ids, separator, openOf(open)),
    [ids, open],
  );
  return (
    <>
      <Rows
        rows={rows}
        isHeld={isHeld}
        filter={filter}
        total={total.value}
        hold={hold}
        onGroup={toggleGroup}
      />
      {ids.length === 0 && <NoMatch what={what} text={text} />}
    </>
  );
}

// By what the service's settings have services grouped, if they do.
const groupBy = document.querySelector<HTMLMetaElement>('meta[name=group-by]')?.content ?? '';
const separator = groupBy === '' ? undefined : groupBy;

/** Prefixes hold no separator: between them it tells them apart. */
function openOf(text: string): ReadonlySet<string> {
  return new Set(separator === undefined ? [] : text.split(separator));
}

function toggleGroup(name: string): void {
  const open = new Set(openOf(route.value.query.open ?? ''));
  if (!open.delete(name)) open.add(name);
  open.delete('');
  show(withQuery({ open: [...open].join(separator) }), { replace: true });
}

function tableOf(ids: readonly number[]): string {
  const table = ids.map((id) => {
    const { name, state, since, issues, issueSeconds } = services.at(id);
    return [name, state, new Date(since * 1000).toISOString(), issues, issueSeconds];
  });
  return csvOf([['service', 'state', 'since', 'issues in the last hour', 'seconds in issue'], ...table]);
}

interface Wanted {
  readonly state: State | undefined;
  readonly passes: (name: string) => boolean;
  readonly fault: string | undefined;
  /** The same while nothing else is wanted. */
  readonly filter: string;
}

function useWanted(state: State | undefined, text: string, only: ReadonlySet<string> | undefined): Wanted {
  return useMemo(() => {
    const { passes, fault } = parseSearch(text);
    const filter = JSON.stringify([state, text, only && [...only]]);
    const passesAll = only === undefined ? passes : (name: string) => only.has(name) && passes(name);
    return { state, fault, filter, passes: passesAll };
  }, [state, text, only]);
}

interface Sorted {
  /** The numbers of those that are listed. */
  readonly rows: readonly number[];
  /** In the order that they would be in, if that were not held. */
  readonly best: readonly number[];
  /** Whether they would be in another order, if that were not held. */
  readonly isHeld: boolean;
  /** As the services had them. */
  readonly version: number;
  readonly membersVersion: number;
  readonly filter: string;
  /** Of what is searched for, whatever its state. */
  readonly counts: Readonly<Record<State, number>>;
}

const ALL = JSON.stringify([undefined, '', undefined]);

/** The services in order, put anew so whenever some changed. */
function useSorted({ state, passes, filter }: Wanted, { isHeld }: Hold): ReadonlySignal<Sorted> {
  const isAll = filter === ALL;
  const sort = (shown?: Sorted): Sorted => {
    const { ids, version, membersVersion } = services;
    const isSame = shown?.membersVersion === membersVersion && shown.best.length === ids.length;
    const best = worstFirst(services, isSame ? shown.best : ids, { state, passes }, knownNow());
    const held =
      shown?.filter === filter && isHeld()
        ? inHeldOrder(shown.rows, best, itself, (id) => (services.isThere(id) ? id : undefined))
        : best;
    const isDifferent = held.some((row, index) => row !== best[index]);
    const counts = isAll ? services.counts : countStates(services, passes);
    return { rows: held, best, isHeld: isDifferent, version, membersVersion, filter, counts };
  };
  const latest = useRef(sort);
  latest.current = sort;
  const sorted = useMemo(() => signal(sort()), []);
  if (sorted.peek().filter !== filter) sorted.value = sort(sorted.peek());
  useEffect(() => {
    const timer = setInterval(() => {
      const shown = sorted.peek();
      const isNew = shown.version !== services.version;
      // What was held is put in order once it is let go.
      if (isNew || (shown.isHeld && !isHeld())) sorted.value = latest.current(shown);
    }, SORT_EACH_MS);
    return () => clearInterval(timer);
  }, [filter]);
  return sorted;
}

const itself = (id: number) => id;
