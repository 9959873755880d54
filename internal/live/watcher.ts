import type { RawData, WebSocket } from 'ws';

/** How much a watcher may cost; durations in milliseconds. */
export interface WatcherLimits {
  /** Most bytes of changes that wait to be sent, besides its last snapshot. */
  readonly maxWaitingBytes: number;
  /** How long what was sent may wait before the watcher counts as gone. */
  readonly stuckMs: number;
  /** Least time between two snapshots that it asks for. */
  readonly snapshotEachMs: number;
}

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;
const ASKS_FOR_SNAPSHOT = /^\s*\{\s*"type"\s*:\s*"snapshot"\s*\}\s*$/;

/**
 * One client of `GET /live`. It is sent a snapshot, then changes; one that does not read them is dropped before what
 * waits for it costs memory, and comes back for a snapshot when it can.
 */
export class Watcher {
  readonly #socket: WebSocket;
  readonly #limits: WatcherLimits;
  #wantsSnapshot = true;
  #snapshotBytes = 0;
  #snapshotAtMs = -Infinity;
  /** Since when something waits to be sent. */
  #waitingSinceMs: number | undefined;
  #answeredPing = true;

  constructor(socket: WebSocket, limits: WatcherLimits) {
    this.#socket = socket;
    this.#limits = limits;
    socket.on('pong', () => (this.#answeredPing = true));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (!isBinary && ASKS_FOR_SNAPSHOT.test(textOf(data))) this.#wantsSnapshot = true;
      else socket.close(POLICY_VIOLATION, 'only {"type":"snapshot"} is understood');
    });
  }

  /** Sends what it needs next: the snapshot if it has none, else the change. */
  send(snapshot: () => Buffer, change: Buffer | undefined): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const nowMs = performance.now();
    if (this.#isStuck(nowMs)) {
      this.#socket.terminate();
    } else if (this.#wantsSnapshot && nowMs - this.#snapshotAtMs >= this.#limits.snapshotEachMs) {
      const message = snapshot();
      this.#wantsSnapshot = false;
      this.#snapshotAtMs = nowMs;
      this.#snapshotBytes = message.length;
      this.#socket.send(message, { binary: false });
    } else if (change !== undefined) {
      this.#socket.send(change, { binary: false });
    }
  }

  /** Sends a ping; a watcher that did not answer the one before is gone, and dropped. */
  ping(): void {
    if (!this.#answeredPing) {
      this.#socket.terminate();
      return;
    }
    this.#answeredPing = false;
    this.#socket.ping();
  }

  /** Says goodbye: the client may come back at once, to another replica. */
  close(): void {
    this.#socket.close(GOING_AWAY, 'the service stops');
  }

  drop(): void {
    this.#socket.terminate();
  }

  #isStuck(nowMs: number): boolean {
    const waiting = this.#socket.bufferedAmount;
    if (waiting === 0) {
      this.#waitingSinceMs = undefined;
      return false;
    }
    this.#waitingSinceMs ??= nowMs;
    return (
      nowMs - this.#waitingSinceMs > this.#limits.stuckMs ||
      waiting > this.#snapshotBytes + this.#limits.maxWaitingBytes
    );
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.from(data as ArrayBuffer).toString();
}
