import { Moment, Since } from '../parts/moment.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import type { Interval } from '../timeline/bar.ts';
import { formatDuration } from '../time/format.ts';

const LISTED_INTERVALS = 200;

/** The intervals, newest first; `isWhole` says whether the span has no others. */
export function IntervalsTable({ intervals, isWhole }: { intervals: readonly Interval[]; isWhole: boolean }) {
  const newest = intervals.toReversed().slice(0, LISTED_INTERVALS);
  const title = `Intervals of the span${isWhole ? '' : ', as far as known yet'}${intervals.length > LISTED_INTERVALS ? `: the newest ${LISTED_INTERVALS} of ${intervals.length}` : ''}`;
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
