import { randomBetween } from '../../program/random.ts';
import type { Fault } from '../fault.ts';
import { runInThread } from '../inspector.ts';

const SECOND = 1000;
// What a hung thread is given, half a second more, and what starting another takes.
const BACK_WITHIN_MS = 7 * SECOND;
const deeds = {
  throw: "setTimeout(() => { throw new Error('chaos'); })",
  exit: 'process.exit(1)',
  'run out of memory': '{ const hoard = []; for (;;) hoard.push(new Array(1e6).fill(hoard.length)); }',
  hang: 'for (;;);',
};

/** The service's own threads: workers of the shards, the parser and the settler. */
export const threadFaults: readonly Fault[] = [
  {
    name: 'worker',
    summary: 'one of the threads throws, exits, runs out of memory or hangs, by way of the debugger',
    needs: { nodeOptions: ['--inspect=127.0.0.1:0'] },
    backWithinMs: BACK_WITHIN_MS,
    async round({ service, random, lasting }) {
      for (const code of Object.values(deeds)) {
        await runInThread(service.process.errors, (threads) => randomBetween(random, 0, threads - 1), code);
        await lasting(SECOND);
      }
    },
  },
];
