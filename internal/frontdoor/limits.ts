import { setImmediate as turnOfTheLoop, setTimeout as pause } from 'node:timers/promises';

import type { Answer, Connection } from './answer.ts';
import { unavailable } from './problem.ts';

/** Bounds on what clients can hold open; Node's own defaults are far looser. */
export interface ServerLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long a connection with nothing under way is kept. */
  readonly keepAliveMs: number;
  readonly maxConnections: number;
  readonly maxRequestsInFlight: number;
  readonly maxRequestsInFlightPerConnection: number;
  /** A request that was not answered so long after all of it had come is answered 503, whatever it waits for. */
  readonly answerWithinMs: number;
  /** A client that takes nothing of an answer for so long is dropped. */
  readonly unreadMs: number;
  /** Bytes of all answers that wait for their clients; beyond that, clients are dropped that took nothing the longest. */
  readonly maxUnreadBytes: number;
  /** How often what connections have under way is looked at. */
  readonly lookEachMs: number;
  /** How long a request that has begun to arrive may go on when the server stops. */
  readonly arrivalOnStopMs: number;
  /** How long a connection must have had nothing under way to be closed when the server stops. */
  readonly idleOnStopMs: number;
}

export const defaultServerLimits: ServerLimits = {
  headersTimeoutMs: 5000,
  requestTimeoutMs: 30_000,
  // Longer than the idle timeout of common load balancers, so that they close idle connections and we do not.
  keepAliveMs: 75_000,
  maxConnections: 10_000,
  maxRequestsInFlight: 20_000,
  maxRequestsInFlightPerConnection: 100,
  answerWithinMs: Infinity,
  unreadMs: 30_000,
  maxUnreadBytes: 134_217_728,
  lookEachMs: 250,
  arrivalOnStopMs: 1000,
  idleOnStopMs: 250,
};

/** Tells requests that are late, and drops clients that take nothing of their answers; `nowMs` is of a clock that never jumps. */
export function lookAtAll(
  connections: Iterable<Connection>,
  nowMs: number,
  { answerWithinMs, unreadMs, maxUnreadBytes }: ServerLimits,
): void {
  const unread: { readonly connection: Connection; readonly bytes: number }[] = [];
  let unreadBytes = 0;
  for (const connection of connections) {
    if (connection.answers.length === 0) continue;
    for (const answer of connection.answers) {
      if (!answer.req.complete) answer.askedMs = nowMs;
      else if (nowMs - answer.askedMs > answerWithinMs && !answer.headersSent) {
        answer.sendProblem(unavailable('The request was not served in time.'));
      }
    }
    const bytes = connection.unreadBytes(nowMs);
    if (bytes === 0) continue;
    if (nowMs - connection.movedMs > unreadMs) {
      connection.destroy();
    } else {
      unread.push({ connection, bytes });
      unreadBytes += bytes;
    }
  }
  if (unreadBytes <= maxUnreadBytes) return;
  unread.sort((a, b) => a.connection.movedMs - b.connection.movedMs || b.bytes - a.bytes);
  // One answer may always wait, however long it is.
  for (const { connection, bytes } of unread.slice(0, -1)) {
    if (unreadBytes <= maxUnreadBytes) break;
    connection.destroy();
    unreadBytes -= bytes;
  }
}

// While stopping, whose time is short, a refused body is read past for less long, and a closed connection waited for.
const LINGER_ON_STOP_MS = 500;
const LOOK_ON_STOP_EACH_MS = 25;

/** Resolves once no connection is left, or at the deadline. */
export async function drain(
  connections: ReadonlyMap<unknown, Connection>,
  deadlineMs: number,
  { idleOnStopMs, arrivalOnStopMs }: ServerLimits,
): Promise<void> {
  const looked = new Map<Connection, { latest: Answer | undefined; busyMs: number; endedMs?: number }>();
  let refuseMs = performance.now() + arrivalOnStopMs;
  while (connections.size > 0 && performance.now() < deadlineMs) {
    const nowMs = performance.now();
    for (const connection of connections.values()) {
      const { latest } = connection;
      const seen = looked.get(connection);
      if (seen?.endedMs !== undefined) {
        if (nowMs - seen.endedMs > LINGER_ON_STOP_MS) connection.destroy();
      } else if (seen === undefined || connection.answers.length > 0 || latest !== seen.latest) {
        looked.set(connection, { latest, busyMs: nowMs });
      } else if (nowMs - seen.busyMs >= idleOnStopMs) {
        looked.set(connection, { ...seen, endedMs: nowMs });
        connection.end();
      }
    }
    if (nowMs >= refuseMs) {
      refuseArriving(connections.values());
      refuseMs += arrivalOnStopMs;
    }
    await pause(Math.min(LOOK_ON_STOP_EACH_MS, Math.max(1, deadlineMs - nowMs)));
    // After the timer what has come meanwhile is read first.
    await turnOfTheLoop();
  }
}

/** Refuses the requests whose bodies are still on their way, of which the last of a connection is the only one. */
function refuseArriving(connections: Iterable<Connection>): void {
  for (const connection of connections) {
    const { latest: answer } = connection;
    if (answer === undefined || !connection.inBody() || answer.headersSent) continue;
    connection.refuse(answer, unavailable('The service stops.'), LINGER_ON_STOP_MS);
  }
}
