import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { residentMemory } from '../../program/resident-memory.ts';
import type { Fault, Scene, StageNeeds } from '../fault.ts';
import type { Target } from '../hostile/attack.ts';
import { bombs, oddJson, oneByteChunks } from '../hostile/bodies.ts';
import { pipelining, slowSenders, smuggling, unreadAnswers, webSockets } from '../hostile/connections.ts';
import { fuzz } from '../hostile/fuzz.ts';
import { HostileTargets } from '../hostile/targets.ts';

const needs: StageNeeds = { environment: { LOG_LEVEL: 'info' } };
// What one client may hold up another by is 100 ms; the rest is for a harness that shares the processors.
const HEALTH_WITHIN_MS = 1000;
const EACH_MS = 25;
const FEW_PER_SECOND = 50;
const SECOND = 1000;
const TARGETS_FOR_MS = 10 * SECOND;
const MOST_GROWTH_MIB = 150;

const targetOf = ({ service }: Scene): Target => {
  const { hostname, port } = new URL(service.url);
  return { host: hostname, port: Number(port) };
};

/** A fault that leaves everything whole, and during which `/health` is asked again and again. */
function attack(
  name: string,
  summary: string,
  act: (scene: Scene, target: Target) => Promise<unknown>,
): Fault {
  return {
    name,
    summary,
    needs,
    requestsPerSecond: FEW_PER_SECOND,
    async round(scene) {
      const watch = new HealthWatch(scene.service.url);
      await act(scene, targetOf(scene));
      await watch.stop(scene);
    },
  };
}

const answered = z.object({ response: z.array(z.unknown()) });

/** Targets are settings, so what checks them is a service of its own, on the same database. */
const checkTargets: Fault = {
  name: 'check-targets',
  summary: 'targets of health checks that stream for ever, drip, redirect in circles or say nothing',
  needs,
  requestsPerSecond: FEW_PER_SECOND,
  async round(scene) {
    const targets = await HostileTargets.start();
    const checking = scene.service.another({
      PORT: '0',
      CHECK_TARGETS: targets.all.map(({ name, url }) => `${name}=${url}`).join(','),
      CHECK_INTERVAL_SECONDS: '1',
      CHECK_TIMEOUT_SECONDS: '1',
    });
    try {
      const url = await checking.untilReady();
      const watch = new HealthWatch(url);
      for (const { name } of targets.all) {
        // However one target behaves, each is checked again and again.
        const query = `target=${encodeURIComponent(name)}`;
        while (answered.parse(await (await fetch(`${url}/checks?${query}`)).json()).response.length < 2) {
          await pause(EACH_MS);
        }
      }
      // By now it has loaded and started all that it needs.
      const before = residentMemory(checking.pid).now;
      await scene.lasting(TARGETS_FOR_MS);
      await watch.stop(scene);
      const grown = residentMemory(checking.pid).now - before;
      if (grown > MOST_GROWTH_MIB) scene.complain(`the service that checks grew by ${Math.round(grown)} MiB`);
    } finally {
      const ended = await checking.endBy('SIGTERM');
      if (ended !== 0) scene.complain(`the service that checks ended with ${ended}`);
      await targets.stop();
    }
  },
};

/** Asks for `/health` again and again. */
class HealthWatch {
  #isOver = false;
  readonly #slowestMs: Promise<number>;

  constructor(url: string) {
    this.#slowestMs = this.#watch(`${url}/health`);
  }

  /** Ends it, and complains if one of its answers was late. */
  async stop({ slackMs, complain }: Scene): Promise<void> {
    this.#isOver = true;
    const slowestMs = await this.#slowestMs;
    if (slowestMs > HEALTH_WITHIN_MS + slackMs)
      complain(`/health took ${Math.round(slowestMs)} ms beside it`);
  }

  async #watch(url: string): Promise<number> {
    let slowestMs = 0;
    while (!this.#isOver) {
      const askedAtMs = performance.now();
      const response = await fetch(url);
      await response.arrayBuffer();
      slowestMs = Math.max(slowestMs, performance.now() - askedAtMs);
      await pause(EACH_MS);
    }
    return slowestMs;
  }
}

/** Clients that mean harm. */
export const hostileFaults: readonly Fault[] = [
  attack('one-byte-chunks', 'bodies of which each byte is a chunk', (scene, target) =>
    oneByteChunks(target, scene.isShort ? 30_000 : 300_000, scene.complain),
  ),
  attack('slow-senders', '100 connections that send a byte now and then for 20 s', (scene, target) =>
    slowSenders(target, 100, scene.isShort ? SECOND : 20 * SECOND),
  ),
  attack('unread', '100 connections that ask for long answers and read nothing for 20 s', (scene, target) =>
    unreadAnswers(target, scene.isShort ? 20 : 100, scene.isShort ? SECOND : 20 * SECOND),
  ),
  attack(
    'pipelining',
    '100 connections with 100 requests at once, half of which offer h2c',
    (scene, target) => pipelining(target, 100, scene.isShort ? SECOND : 5 * SECOND),
  ),
  attack('smuggling', 'requests that two programs may read differently', (scene, target) =>
    smuggling(target, scene.complain),
  ),
  attack(
    'bombs',
    'small bodies that expand to much, in all encodings, nested and concatenated',
    (scene, target) => bombs(target, scene.isShort ? 40 : 200, scene.complain),
  ),
  attack('odd-json', 'deep, wide and odd JSON at every endpoint that takes some', (scene, target) =>
    oddJson(target, scene.isShort ? 20_000 : 200_000, scene.complain),
  ),
  attack('websockets', '50 WebSockets that do not read, flood pings or send a mebibyte', (scene, target) =>
    webSockets(target, 50, scene.isShort ? SECOND : 10 * SECOND),
  ),
  attack('fuzz', '10,000 seeded requests to all routes of the OpenAPI document', (scene, target) =>
    fuzz(target, Math.floor(scene.random() * 2 ** 32), scene.isShort ? 3000 : 10_000, scene.complain),
  ),
  checkTargets,
];
