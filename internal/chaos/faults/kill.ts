import { setTimeout as pause } from 'node:timers/promises';

import type { Fault } from '../fault.ts';

const READY_WITHIN_MS = 3000;
const LEAST_MS = 200;
const MOST_MS = 1500;

const kill: Fault = {
  name: 'kill',
  summary: 'the service is killed (SIGKILL) at a random moment, and started again',
  needs: {},
  endsService: true,
  backWithinMs: READY_WITHIN_MS,
  async round({ service, random }) {
    await pause(LEAST_MS + random() * (MOST_MS - LEAST_MS));
    await service.restart('SIGKILL');
  },
};

/** The service ends, and comes back. */
export const killFaults: readonly Fault[] = [
  kill,
  {
    ...kill,
    name: 'kill-embedded',
    summary: 'the same with the PostgreSQL that comes with it, which ends with it and recovers',
    needs: { isEmbedded: true },
  },
];
