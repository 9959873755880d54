import { Follower, type TopicItems } from './follower.ts';
import { reconnectDelayMs, type Heard } from './freshness.ts';
import { parseMessage } from './message.ts';

export interface ConnectionOptions {
  /** Where `GET /live` is. */
  readonly url: string;
  readonly topics: Readonly<Record<string, TopicItems>>;
  /** Called after each message and when the connection opens or closes. */
  readonly onNews: () => void;
  /** Called when a try ends before anything was told, which is all that a browser says of a refusal. */
  readonly onRefused: () => void;
}

// A connection over which nothing comes is given up, as its other end may be gone without a word.
const SILENCE_MS = 8000;

/** The connection to `GET /live`, made again as often as it is lost. */
export class LiveConnection {
  readonly #options: ConnectionOptions;
  #socket: WebSocket | undefined;
  #failures = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  heard: Heard = { begunMs: performance.now(), isOpen: false, lastMessageMs: undefined, now: 0, readAt: 0 };

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.connect();
  }

  /** Connects at once, in place of the connection that there may be. */
  connect(): void {
    clearTimeout(this.#retry);
    this.#socket?.close();
    const { url, topics, onNews, onRefused } = this.#options;
    const socket = new WebSocket(url, ['minikom.live']);
    this.#socket = socket;
    let isOpen = false;
    const follower = new Follower(topics);
    socket.onopen = () => {
      isOpen = true;
      this.#watchSilence(socket);
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (socket !== this.#socket) return;
      const message = parseMessage(data);
      if (!follower.take(message)) socket.send('{"type":"snapshot"}');
      this.#failures = 0;
      this.heard = {
        ...this.heard,
        isOpen: true,
        lastMessageMs: performance.now(),
        now: message.now,
        readAt: message.readAt,
      };
      this.#watchSilence(socket);
      onNews();
    };
    socket.onclose = () => {
      if (!isOpen) onRefused();
      if (socket === this.#socket) this.#lose();
    };
  }

  #watchSilence(socket: WebSocket): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      if (socket !== this.#socket) return;
      // Closing a dead connection takes as long as its timeouts.
      this.#socket = undefined;
      socket.close();
      this.#lose();
    }, SILENCE_MS);
  }

  #lose(): void {
    clearTimeout(this.#silence);
    this.heard = { ...this.heard, isOpen: false };
    this.#options.onNews();
    this.#retry = setTimeout(() => this.connect(), reconnectDelayMs(this.#failures++, Math.random()));
  }
}
