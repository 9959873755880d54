import { reportCommand } from '../commands/commands.ts';
import { freshness, knownNow, services, tick, told } from '../live/store.ts';
import { MutePanel } from '../mutes/mute-panel.tsx';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { BackToAll, Heading } from '../parts/heading.tsx';
import { Moment, Since } from '../parts/moment.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { StateMark } from '../parts/state-mark.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { shownSpan, usual } from '../span/current.ts';
import { isIn } from '../span/span.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import { covers, isIdle } from '../timeline/bar.ts';
import { Causes } from './causes.tsx';
import { Embeds } from './embeds.tsx';
import { Figures } from './figures.tsx';
import { IntervalsTable } from './intervals-table.tsx';
import { OwnCheck } from './own-check.tsx';
import { useIntervals, useRecords, useStats, useTimeline } from './service-data.ts';
import { TimelineChart } from './timeline-chart.tsx';

/** One service: its timeline, figures and intervals, and what changed before its issues. */
export function ServiceView({ name }: { name: string }) {
  redrawWith(tick, told);
  const now = knownNow();
  const span = shownSpan(usual.hour);
  const { timeline, fault } = useTimeline(name, span);
  const { intervals, earlier } = useIntervals(name, timeline, span);
  const records = useRecords(name, span);
  const service = services.get(name);
  const isReported = service !== undefined || (timeline !== undefined && !isIdle(timeline));
  const stats = useStats(name, span, isReported);
  if (service === undefined && freshness.value === 'live' && timeline !== undefined && isIdle(timeline)) {
    return (
      <>
        <BackToAll />
        <Empty title={`${name} was never reported`} command={reportCommand(name)}>
          Agents report what state they see a service in. Send a first report of it:
        </Empty>
      </>
    );
  }
  return (
    <>
      <Heading name={name}>
        {/* Also while it is not known, so that what is below stays where it is. */}
        <p class="now">
          {service === undefined ? (
            <span class="state">{'\u00a0'}</span>
          ) : (
            <>
              <StateMark state={service.state} /> for <Since at={service.since} />
              <span class="muted">
                {' '}
                since <Moment at={service.since} />
              </span>
            </>
          )}
        </p>
        <OwnCheck name={name} />
        <MutePanel name={name} />
      </Heading>
      <section class="card">
        <div class="card-head">
          <h2>Timeline</h2>
          <span class="muted">
            <Moment at={span.from} /> –{' '}
            {span.follows && freshness.value === 'live' ? 'now' : <Moment at={span.to} />}
          </span>
          <SpanPicker usualSeconds={usual.hour} />
        </div>
        <TimelineChart name={name} timeline={timeline} span={span} />
        {timeline !== undefined && <Fault fault={fault} />}
      </section>
      {stats.value !== undefined && <Figures stats={stats.value} isOld={stats.isOld} />}
      <Fault fault={stats.fault} />
      {timeline === undefined ? (
        <Waiting fault={fault} />
      ) : (
        <>
          <Causes name={name} intervals={intervals} span={span} records={records} earlier={earlier} />
          <IntervalsTable
            intervals={intervals.filter((each) => isIn(span, each))}
            earlier={earlier}
            isWhole={covers(timeline, span, now)}
          />
        </>
      )}
      <Embeds name={name} />
    </>
  );
}
