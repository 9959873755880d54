import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';

import { colourVersion } from '../theme/theme.ts';
import { clockLabels } from '../timeline/axis.ts';
import { formatClock } from '../time/format.ts';
import { zone } from '../time/zone.ts';
import { withHoles } from './holes.ts';
import { lineStyle } from './line-style.ts';
import { Moment } from './moment.tsx';
import { Table } from './table.tsx';

/** One line of a graph. */
export interface Line {
  readonly title: string;
  /** Values at the graph's times; null where there is none. */
  readonly values: readonly (number | null)[];
}

interface LineGraphProps {
  readonly label: string;
  readonly unit: string;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** The top of the scale, where it is known, as with percent. */
  readonly maximum?: number;
  /** The colour of a single line, as the style sheet calls it, where it means something; below it is filled, too. */
  readonly colour?: string;
  /** In unix seconds: what of the time is drawn, though nothing be known of a part of it; without it all that is known. */
  readonly span?: { readonly from: number; readonly to: number };
  /** Where there is nothing for longer, the lines end. */
  readonly holeSeconds?: number;
  /** In pixels. */
  readonly height?: number;
  /** Told what is marked with a drag, in unix seconds. */
  readonly onSpan?: (span: { readonly from: number; readonly to: number }) => void;
}

const DEFAULT_HEIGHT = 180;
const LEAST_SECONDS = 300;

/** Values over time, as lines; what it says has to be in a table beside it as well. */
export function LineGraph(props: LineGraphProps) {
  const { label, unit, times, lines, maximum, colour: meaning, height = DEFAULT_HEIGHT, onSpan } = props;
  const { span, holeSeconds = Infinity } = props;
  const canBeZoomed = onSpan !== undefined;
  const latest = useRef(onSpan);
  latest.current = onSpan;
  const drawn = useRef(span);
  drawn.current = span;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  // Without a moment there is no scale of time to draw either.
  const isEmpty = times.length === 0;
  const shape = `${isEmpty} ${lines.map(({ title }) => title).join()} ${colourVersion.value} ${zone.value}`;
  useLayoutEffect(() => {
    const { current } = place;
    if (current === null || isEmpty) return undefined;
    const style = getComputedStyle(current);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const axis = {
      stroke: colour('muted'),
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    const made = new uPlot(
      {
        width: Math.max(200, current.clientWidth),
        height,
        // The last label of the time reaches beyond the lines.
        padding: [null, 32, null, null],
        legend: {
          live: true,
          markers: { width: 3, dash: (_, index) => lineStyle(index - 1).border },
        },
        cursor: { y: false, drag: { x: canBeZoomed, setScale: false } },
        hooks: {
          setSelect: [
            (graph) => {
              const { left, width } = graph.select;
              if (width <= 0) return;
              latest.current?.({ from: graph.posToVal(left, 'x'), to: graph.posToVal(left + width, 'x') });
              graph.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
        // As the clocks of the zone that is shown have it, not those of this machine.
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone.value),
        scales: {
          // A line of a few seconds would look like more than it is.
          x: {
            range: (_, first, last) =>
              drawn.current === undefined
                ? [Math.min(first, last - LEAST_SECONDS), last]
                : [drawn.current.from, drawn.current.to],
          },
          y: { range: (_, low, high) => [Math.min(0, low), maximum ?? Math.max(1, high * 1.1)] },
        },
        axes: [
          {
            ...axis,
            space: 90,
            values: (_, ticks, __, ___, stepSeconds) => clockLabels(ticks, zone.value, stepSeconds),
          },
          {
            ...axis,
            // As wide as its longest label, so that none is cut off.
            size: (_: uPlot, labels: readonly string[] | null) =>
              Math.max(56, ...(labels ?? []).map((label) => label.length * 7 + 16)),
            values: (_, ticks) => ticks.map((value) => `${value.toLocaleString('en')}${unit}`),
          },
        ],
        series: [
          {
            label: 'Time',
            value: (graph: uPlot, _: number | null, __: number, at: number | null) => {
              const time = shownOf(graph.data[0], at);
              return time === null ? '–' : formatClock(time, zone.value);
            },
          },
          ...lines.map(({ title }, index) => ({
            label: title,
            stroke: colour(meaning ?? lineStyle(index).colour),
            ...(meaning !== undefined && { fill: `color-mix(in srgb, ${colour(meaning)} 25%, transparent)` }),
            width: 2,
            points: { show: false },
            dash: [...lineStyle(index).dash],
            value: (graph: uPlot, _: number | null, index: number, at: number | null) =>
              formatValue(shownOf(graph.data[index] ?? [], at), unit),
          })),
        ],
      },
      [[], ...lines.map(() => [])],
      current,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(200, current.clientWidth), height }),
    );
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape, unit, maximum, meaning, height, canBeZoomed]);
  useEffect(() => {
    const drawable = withHoles({ times, lines: lines.map(({ values }) => values) }, holeSeconds);
    plot.current?.setData([[...drawable.times], ...drawable.lines.map((values) => [...values])]);
  });
  if (isEmpty) return null;
  return (
    <>
      <div class="graph" ref={place} role="img" aria-label={`${label}; the same is below as a table`} />
      <GraphTable label={label} unit={unit} times={times} lines={lines} />
    </>
  );
}

/** The value that the legend shows: the one that is pointed at, or else the last. */
function shownOf(values: ArrayLike<number | null | undefined>, at: number | null): number | null {
  return values[at ?? values.length - 1] ?? null;
}

const TABLE_ROWS = 120;

/** The latest values of a graph in words, made when it is asked for. */
function GraphTable({
  label,
  unit,
  times,
  lines,
}: Pick<LineGraphProps, 'label' | 'unit' | 'times' | 'lines'>) {
  const [isOpen, setIsOpen] = useState(false);
  const rows = isOpen
    ? Array.from(times, (_, index) => index)
        .slice(-TABLE_ROWS)
        .reverse()
    : [];
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary class="muted">As a table</summary>
      {isOpen && (
        <Table
          caption={label}
          rows={rows}
          keyOf={(row) => String(times[row])}
          columns={[
            { title: 'Time', cell: (row) => <Moment at={times[row] ?? 0} /> },
            ...lines.map(({ title, values }) => ({
              title,
              isNumber: true,
              cell: (row: number) => formatValue(values[row] ?? null, unit),
            })),
          ]}
        />
      )}
    </details>
  );
}

function formatValue(value: number | null, unit: string): string {
  return value === null ? '–' : `${value.toLocaleString('en', { maximumFractionDigits: 1 })}${unit}`;
}
