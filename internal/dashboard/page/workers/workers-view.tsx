import { reportCommand } from '../commands/commands.ts';
import { isAnythingKnown, shardHistory, shards, told, workers } from '../live/store.ts';
import type { ShardNow, WorkerNow } from '../live/topics.ts';
import { LineGraph } from '../parts/line-graph.tsx';
import { MomentAgo } from '../parts/moment.tsx';
import { Copyable } from '../parts/copyable.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { shardLines } from './shard-lines.ts';

/** What the shards are doing, and which worker did what. */
export function WorkersView() {
  redrawWith(told);
  if (!isAnythingKnown.value) return <Waiting />;
  const { moments } = shardHistory;
  const times = moments.map(({ now }) => now);
  const all = [...workers.items.values()];
  const allShards = [...shards.items.values()].sort((a, b) => a.id - b.id);
  // Where there is but one, nobody needs to be told which.
  const ofSeveral = new Set(allShards.map(({ replica }) => replica)).size > 1 ? [replicaColumn] : [];
  return (
    <>
      <h1>Workers</h1>
      <p class="muted">The lines begin when this page was opened, and show up to ten minutes.</p>
      <div class="graphs">
        <section class="card">
          <h2>Events a second</h2>
          <LineGraph
            label="Events committed per second"
            unit=""
            times={times}
            lines={shardLines(moments, ({ eventsPerSecond }) => eventsPerSecond, 'sum')}
          />
        </section>
        <section class="card">
          <h2>Queue depth</h2>
          <LineGraph
            label="Events queued and in flight"
            unit=""
            times={times}
            lines={shardLines(moments, ({ waiting }) => waiting, 'sum')}
          />
        </section>
        <section class="card">
          <h2>Flush latency, p99</h2>
          <LineGraph
            label="Flush latency, p99"
            unit=" ms"
            times={times}
            lines={shardLines(moments, ({ latencyP99Ms }) => latencyP99Ms, 'greatest')}
          />
        </section>
      </div>
      <Table
        caption="Shards"
        showsCaption
        rows={allShards}
        keyOf={({ id }) => String(id)}
        columns={[...shardColumns, ...ofSeveral]}
      />
      <Table
        caption="Workers: those that live, then the last that finished"
        showsCaption
        rows={all
          .toReversed()
          .sort((a, b) => Number(a.finished_at !== undefined) - Number(b.finished_at !== undefined))}
        keyOf={({ id }) => String(id)}
        columns={[...workerColumns, ...ofSeveral]}
      />
      {all.length === 0 && (
        <section class="card">
          <p>No worker has been needed yet. Each shard starts one when there is work, such as a report:</p>
          <Copyable text={reportCommand('web')} label="command to copy" />
        </section>
      )}
    </>
  );
}

const whole = (value: number) => value.toLocaleString('en');
const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} ms`);

const replicaColumn: Column<{ readonly replica: string }> = {
  title: 'Replica',
  cell: ({ replica }) => replica,
};

const shardColumns: readonly Column<ShardNow>[] = [
  { title: 'Shard', cell: ({ id }) => id },
  { title: 'Queued', isNumber: true, cell: ({ queued }) => whole(queued) },
  { title: 'In flight', isNumber: true, cell: ({ in_flight }) => whole(in_flight) },
  { title: 'Live workers', isNumber: true, cell: ({ live_workers }) => live_workers },
  { title: 'Batches', isNumber: true, cell: ({ batches }) => whole(batches) },
  { title: 'Failed', isNumber: true, cell: ({ failed_batches }) => whole(failed_batches) },
  { title: 'Events', isNumber: true, cell: ({ events }) => whole(events) },
  { title: 'Flush p50', isNumber: true, cell: ({ flush_latency_ms }) => ms(flush_latency_ms.p50) },
  { title: 'Flush p99', isNumber: true, cell: ({ flush_latency_ms }) => ms(flush_latency_ms.p99) },
];

const workerColumns: readonly Column<WorkerNow>[] = [
  { title: 'Worker', cell: ({ id }) => id },
  { title: 'Shard', cell: ({ shard_id }) => shard_id },
  { title: 'Events', isNumber: true, cell: ({ events_count }) => whole(events_count) },
  { title: 'Started', cell: ({ created_at }) => <MomentAgo at={Date.parse(created_at) / 1000} /> },
  {
    title: 'Finished',
    cell: ({ finished_at }) =>
      finished_at === undefined ? 'works' : <MomentAgo at={Date.parse(finished_at) / 1000} />,
  },
];
