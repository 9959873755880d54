import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Fault, Scene } from '../fault.ts';

const SECOND = 1000;
const HOUR_SECONDS = 3600;
const EACH_MS = 50;
const ANSWER_TIMEOUT_MS = 30 * SECOND;
// It looks at its clock every two seconds, and when it is asked whether it is ready.
const SEEN_WITHIN_MS = 3 * SECOND;

/** Debian's package libfaketime. */
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** By how much the service's clock is wrong. */
const offsetFile = join(tmpdir(), `minikom-chaos-clock-${process.pid}`);

/** Whether this machine has what the clock's faults need. */
export const canFakeClocks = existsSync(LIBRARY);

/** At once: libfaketime ends a process that reads it half written, or half ends it, as it then waits for itself. */
async function writeOffset(seconds: number): Promise<void> {
  await writeFile(`${offsetFile}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  await rename(`${offsetFile}.new`, offsetFile);
}

async function jump({ service, complain, slackMs, lasting }: Scene, seconds: number): Promise<void> {
  await writeOffset(seconds);
  const untilMs = performance.now() + SEEN_WITHIN_MS + slackMs;
  for (let reason = ''; !reason.includes("machine's clock");) {
    await pause(EACH_MS);
    const ready = await fetch(`${service.url}/ready`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    reason = await ready.text();
    if (performance.now() > untilMs) {
      complain(`a clock ${seconds} s ahead was not seen`);
      return;
    }
  }
  await lasting(5 * SECOND);
}

/** The clock is wrong. */
export const clockFaults: readonly Fault[] = [
  {
    name: 'clock',
    summary:
      "the service's clock jumps an hour ahead, then an hour behind, and is right again (needs libfaketime)",
    needs: {
      environment: {
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: offsetFile,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
    async round(scene) {
      if (!canFakeClocks) {
        scene.complain(`${LIBRARY} is missing: install Debian's libfaketime`);
        return;
      }
      try {
        await jump(scene, HOUR_SECONDS);
        await jump(scene, -HOUR_SECONDS);
        await writeOffset(0);
      } finally {
        await rm(offsetFile, { force: true });
      }
    },
  },
];
