import { expect } from 'chai';

import { deliveryOf, trendOf, type Deployable } from './delivery.ts';

const deployable = (deployments: number, failed_deployments: number, is_broken = false): Deployable => ({
  ...{
    component: 'a',
    environment: 'prod',
    deployments,
    failed_deployments,
    deploys_per_day: null,
    is_broken,
  },
  ...{ change_failure_rate: null, median_restore_seconds: null, median_deployment_seconds: null },
});

describe('delivery figures', () => {
  it('are summed up, the rate by deployments and not by components', () => {
    expect(deliveryOf([deployable(9, 0), deployable(1, 1, true)])).to.deep.equal({
      ...{ deployments: 10, failed: 1, failureRate: 0.1, broken: 1 },
    });
    expect(deliveryOf([]).failureRate).to.equal(null);
  });

  it('say how they compare with those before', () => {
    const tell = (now: number | null, before: number | null) => trendOf(now, before, String);
    expect([tell(3, 2), tell(1, 2), tell(2, 2), tell(null, 2), tell(1, null)]).to.deep.equal([
      ...['↑ from 2', '↓ from 2', 'as before: 2', 'as before: 2', 'none before'],
    ]);
  });
});
