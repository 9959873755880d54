import type { Fault } from '../fault.ts';
import { capacityFaults } from './capacity.ts';
import { clockFaults } from './clock.ts';
import { clusterFaults } from './cluster.ts';
import { databaseFaults } from './database.ts';
import { hostileFaults } from './hostile.ts';
import { killFaults } from './kill.ts';
import { processFaults } from './process.ts';
import { soak } from './soak.ts';
import { threadFaults } from './threads.ts';

/** Every fault there is, in the order in which they are run. */
export const faults: readonly Fault[] = [
  ...killFaults,
  ...databaseFaults,
  ...clusterFaults,
  ...threadFaults,
  ...processFaults,
  ...clockFaults,
  ...hostileFaults,
  ...capacityFaults,
  soak,
];
