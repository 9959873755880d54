import { Moment, Since } from '../parts/moment.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import type { Interval } from '../timeline/bar.ts';
import { formatDuration } from '../time/format.ts';

const LISTED_INTERVALS = 200;

interface IntervalsTableProps {
  readonly intervals: readonly Interval[];
  /** How many others of the span there are before them. */
  readonly earlier: number;
  /** Whether the span has no others. */
  readonly isWhole: boolean;
}

/** The intervals, newest first. */
export function IntervalsTable({ intervals, earlier, isWhole }: IntervalsTableProps) {
  const newest = intervals.toReversed().slice(0, LISTED_INTERVALS);
  const all = intervals.length + earlier;
  const which = all > newest.length ? `: the newest ${newest.length} of ${all.toLocaleString('en')}` : '';
  const title = `Intervals of the span${isWhole ? '' : ', as far as known yet'}${which}`;
  return (
    <Table
      caption={title}
      showsCaption
      rows={newest}
      keyOf={({ start }) => String(start)}
      columns={[
        { title: 'State', cell: ({ state }) => <StateMark state={state} /> },
        {
          title: 'From',
          cell: ({ start, isCutAtStart }) => (
            <>
              {isCutAtStart === true && 'before '}
              <Moment at={start} />
            </>
          ),
        },
        {
          title: 'To',
          cell: ({ end, isCutAtEnd }) =>
            end === null ? (
              'ongoing'
            ) : (
              <>
                {isCutAtEnd === true && 'after '}
                <Moment at={end} />
              </>
            ),
        },
        {
          title: 'Duration',
          isNumber: true,
          cell: ({ start, end, isCutAtStart, isCutAtEnd }) => (
            <>
              {(isCutAtStart === true || isCutAtEnd === true) && 'more than '}
              {end === null ? <Since at={start} /> : formatDuration(end - start)}
            </>
          ),
        },
      ]}
    />
  );
}
