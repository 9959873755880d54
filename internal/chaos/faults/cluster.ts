import { randomBetween } from '../../program/random.ts';
import type { Fault } from '../fault.ts';

const MOST_AWAY_MS = 5000;
// Commits over two servers that were left half done hold their locks until the cluster looks for them, every five seconds.
const BACK_WITHIN_MS = 10_000;

const nodeKill: Fault = {
  name: 'node-kill',
  summary: 'one node of the cluster is killed (SIGKILL), and started again after up to 5 s',
  needs: { isCluster: true },
  backWithinMs: BACK_WITHIN_MS,
  async round({ cluster, random }) {
    await cluster.kill(randomBetween(random, 0, cluster.nodes - 1), random() * MOST_AWAY_MS);
  },
};

/** What goes wrong in a Citus cluster. */
export const clusterFaults: readonly Fault[] = [
  nodeKill,
  {
    ...nodeKill,
    name: 'coordinator-kill',
    summary: 'the same of the coordinator',
    round: ({ cluster, random }) => cluster.kill('coordinator', random() * MOST_AWAY_MS),
  },
];
