import { useData } from '../data/use-data.ts';
import { Fault } from '../parts/fault.tsx';
import { FigureList } from '../parts/figure-list.tsx';
import { Mark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import { formatDuration, formatShare } from '../time/format.ts';
import { deliveryOf, trendOf, type Deployable, type DeliveryAnswer } from './delivery.ts';
import { compareEnvironments } from './matrix.ts';

const DAYS = 30;
const DAY_SECONDS = 86_400;
const STEP_SECONDS = 3600;
// All records of two months are read for it.
const EACH_MS = 60_000;

/** The figures of the last 30 days, of a component or of all, and those of the 30 days before. */
export function DeliveryCard({ component }: { component?: string }) {
  const to = Math.ceil(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;
  const now = useData<DeliveryAnswer>(pathOf(to - DAYS * DAY_SECONDS, to, component), EACH_MS);
  const before = useData<DeliveryAnswer>(
    pathOf(to - 2 * DAYS * DAY_SECONDS, to - DAYS * DAY_SECONDS, component),
    EACH_MS,
  );
  if (now.value === undefined || before.value === undefined) {
    return <Fault fault={now.fault ?? before.fault} />;
  }
  const [current, earlier] = [deliveryOf(now.value.deployables), deliveryOf(before.value.deployables)];
  const rateOf = (rate: number | null) => (rate === null ? '–' : formatShare(rate));
  const aDay = (deployments: number) => (deployments / DAYS).toFixed(2);
  return (
    <>
      <FigureList
        label={`Delivery in ${DAYS} days, and in the ${DAYS} before`}
        figures={[
          [`deployments in ${DAYS} days`, `${current.deployments}, ${aDay(current.deployments)} a day`],
          [`in the ${DAYS} days before`, `${earlier.deployments}, ${aDay(earlier.deployments)} a day`],
          ['changes that failed', rateOf(current.failureRate)],
          ['that failed before', rateOf(earlier.failureRate)],
        ]}
      />
      {component !== undefined && (
        <Deployables now={now.value.deployables} before={before.value.deployables} />
      )}
    </>
  );
}

function pathOf(from: number, to: number, component: string | undefined): string {
  const only = component === undefined ? '' : `&component=${encodeURIComponent(component)}`;
  return `/deployments/stats?from=${from}&to=${to}${only}`;
}

interface DeployablesProps {
  readonly now: readonly Deployable[];
  readonly before: readonly Deployable[];
}

/** A component's figures by environment. */
function Deployables({ now, before }: DeployablesProps) {
  const earlier = new Map(before.map((each) => [each.environment, each]));
  const duration = (seconds: number | null) => (seconds === null ? '–' : formatDuration(seconds));
  return (
    <Table
      caption={`Delivery in ${DAYS} days, beside the ${DAYS} before`}
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
