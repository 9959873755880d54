import { useData } from '../data/use-data.ts';
import { Fault } from '../parts/fault.tsx';
import { FigureList } from '../parts/figure-list.tsx';
import { Mark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import { formatDuration, formatShare } from '../time/format.ts';
import { shownSpan, usual } from '../span/current.ts';
import { lengthOf } from '../span/span.ts';
import { deliveryOf, trendOf, type Deployable, type DeliveryAnswer } from './delivery.ts';
import { compareEnvironments } from './matrix.ts';

const DAY_SECONDS = 86_400;
const MOST_STEP_SECONDS = 3600;
// All records of two months are read for it.
const EACH_MS = 60_000;

/** The figures of the span, of a component or of all, and those of as long before it. */
export function DeliveryCard({ component }: { component?: string }) {
  const span = shownSpan(usual.month);
  const seconds = Math.round(span.to - span.from);
  const step = span.follows ? Math.min(MOST_STEP_SECONDS, Math.ceil(seconds / 24)) : 1;
  const to = Math.ceil(span.to / step) * step;
  const now = useData<DeliveryAnswer>(pathOf(to - seconds, to, component), EACH_MS);
  const before = useData<DeliveryAnswer>(pathOf(to - 2 * seconds, to - seconds, component), EACH_MS);
  const title = lengthOf(span);
  if (now.value === undefined || before.value === undefined) {
    return <Fault fault={now.fault ?? before.fault} />;
  }
  const [current, earlier] = [deliveryOf(now.value.deployables), deliveryOf(before.value.deployables)];
  const rateOf = (rate: number | null) => (rate === null ? '–' : formatShare(rate));
  const aDay = (deployments: number) => ((deployments * DAY_SECONDS) / seconds).toFixed(2);
  return (
    <>
      <FigureList
        label={`Delivery in ${title}, and in the ${title} before`}
        figures={[
          [`deployments in ${title}`, `${current.deployments}, ${aDay(current.deployments)} a day`],
          [`in the ${title} before`, `${earlier.deployments}, ${aDay(earlier.deployments)} a day`],
          ['changes that failed', rateOf(current.failureRate)],
          ['that failed before', rateOf(earlier.failureRate)],
        ]}
      />
      {component !== undefined && (
        <Deployables title={title} now={now.value.deployables} before={before.value.deployables} />
      )}
    </>
  );
}

function pathOf(from: number, to: number, component: string | undefined): string {
  const only = component === undefined ? '' : `&component=${encodeURIComponent(component)}`;
  return `/deployments/stats?from=${from}&to=${to}${only}`;
}

interface DeployablesProps {
  readonly title: string;
  readonly now: readonly Deployable[];
  readonly before: readonly Deployable[];
}

/** A component's figures by environment. */
function Deployables({ title, now, before }: DeployablesProps) {
  const earlier = new Map(before.map((each) => [each.environment, each]));
  const duration = (seconds: number | null) => (seconds === null ? '–' : formatDuration(seconds));
  return (
    <Table
      caption={`Delivery in ${title}, beside the ${title} before`}
      showsCaption
      rows={now.toSorted((a, b) => compareEnvironments(a.environment, b.environment))}
      keyOf={({ environment }) => environment}
      columns={[
        {
          title: 'Environment',
          cell: ({ environment, is_broken: isBroken }) =>
            isBroken ? (
              <Mark shape="▲" kind="state-issue">
                {environment}, broken
              </Mark>
            ) : (
              environment
            ),
        },
        {
          title: 'Deployments',
          isNumber: true,
          cell: ({ environment, deployments }) => (
            <>
              {deployments}{' '}
              <span class="muted">
                {trendOf(deployments, earlier.get(environment)?.deployments ?? null, String)}
              </span>
            </>
          ),
        },
        {
          title: 'Failed',
          isNumber: true,
          cell: ({ environment, change_failure_rate: rate }) => (
            <>
              {rate === null ? '–' : formatShare(rate)}{' '}
              <span class="muted">
                {trendOf(rate, earlier.get(environment)?.change_failure_rate ?? null, formatShare)}
              </span>
            </>
          ),
        },
        {
          title: 'Restored after',
          isNumber: true,
          cell: ({ median_restore_seconds: seconds }) => duration(seconds),
        },
        {
          title: 'Took',
          isNumber: true,
          cell: ({ median_deployment_seconds: seconds }) => duration(seconds),
        },
      ]}
    />
  );
}
