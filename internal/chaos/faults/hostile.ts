import { setTimeout as pause } from 'node:timers/promises';

import type { Fault, Scene, StageNeeds } from '../fault.ts';
import type { Target } from '../hostile/attack.ts';
import { bombs, oddJson, oneByteChunks } from '../hostile/bodies.ts';
import { pipelining, slowSenders, smuggling, unreadAnswers, webSockets } from '../hostile/connections.ts';
import { fuzz } from '../hostile/fuzz.ts';

const needs: StageNeeds = { environment: { LOG_LEVEL: 'info' } };
// What one client may hold up another by is 100 ms; the rest is for a harness that shares the processors.
const HEALTH_WITHIN_MS = 1000;
// How late the service's own event loop may be, as it tells.
const LATE_MS = 100;
const EACH_MS = 25;
const METRICS_EACH_MS = 1000;
const FEW_PER_SECOND = 50;
const SECOND = 1000;

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
      const { slowestMs, lateMs } = await watch.stop();
      scene.note(
        `event loop late by ${Math.round(lateMs)} ms, /health after ${Math.round(slowestMs)} ms, at most`,
      );
      if (lateMs > LATE_MS + scene.slackMs)
        scene.complain(`the event loop was late by ${Math.round(lateMs)} ms`);
      if (slowestMs > HEALTH_WITHIN_MS + scene.slackMs) {
        scene.complain(`/health took ${Math.round(slowestMs)} ms beside it`);
      }
    },
  };
}

/** The longest times beside an attack, in milliseconds. */
interface Held {
  /** Of an answer of `/health`. */
  readonly slowestMs: number;
  /** Of the service's event loop, within the quarters of a minute that it has told of by the end. */
  readonly lateMs: number;
}

/** Asks for `/health` again and again, and now and then for what the service knows of itself. */
class HealthWatch {
  #isOver = false;
  readonly #held: Promise<Held>;

  constructor(url: string) {
    this.#held = this.#watch(url);
  }

  stop(): Promise<Held> {
    this.#isOver = true;
    return this.#held;
  }

  async #watch(url: string): Promise<Held> {
    let slowestMs = 0;
    let lateMs = 0;
    let metricsAtMs = performance.now();
    while (!this.#isOver) {
      const askedAtMs = performance.now();
      await textOf(`${url}/health`);
      slowestMs = Math.max(slowestMs, performance.now() - askedAtMs);
      if (askedAtMs >= metricsAtMs) {
        metricsAtMs = askedAtMs + METRICS_EACH_MS;
        const lag = /event_loop_lag_seconds\{figure="max"\} (\S+)/.exec(await textOf(`${url}/metrics`))?.[1];
        // Beside an attack it may be 503 as well, which says nothing.
        if (lag !== undefined) lateMs = Math.max(lateMs, Number(lag) * SECOND);
      }
      await pause(EACH_MS);
    }
    return { slowestMs, lateMs };
  }
}

const textOf = async (url: string): Promise<string> => (await fetch(url)).text();

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
    (scene, target) => pipelining(target, 100, scene.isShort ? SECOND : 5 * SECOND, scene.complain),
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
];
