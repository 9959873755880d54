import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

const logLine = z.looseObject({ msg: z.string() });
/** One line of a program's log. */
export type LogLine = z.output<typeof logLine>;

/** How a program is run, beside what it is given. */
export interface RunOptions {
  /** Options of Node.js itself. */
  readonly nodeOptions?: readonly string[];
  /** Older lines of its log are forgotten. */
  readonly mostLines?: number;
}

/** One of our programs in a process of its own, which logs JSON lines to its standard output. */
export class LogProcess {
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #news = new EventEmitter();
  readonly #reader: Interface;
  #errors = '';
  #closed = false;

  constructor(
    main: URL,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    { nodeOptions = [], mostLines = Infinity }: RunOptions = {},
  ) {
    this.#child = spawn(process.execPath, [...nodeOptions, fileURLToPath(main), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#reader = createInterface(this.#child.stdout);
    this.#reader.on('line', (line) => {
      this.lines.push(logLine.parse(JSON.parse(line)));
      if (this.lines.length > mostLines) this.lines.shift();
      this.#news.emit('news');
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
      this.#news.emit('news');
    });
    this.#child.on('close', () => {
      this.#closed = true;
      this.#news.emit('news');
    });
  }

  /** Its process; 0 if it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it wrote to its standard error. */
  get errors(): string {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until the lines so far satisfy `isEnough`; throws if the process ends before they do. */
  async until(isEnough: (lines: readonly LogLine[]) => boolean): Promise<void> {
    while (!isEnough(this.lines)) {
      if (this.#closed) throw new Error(`the process ended: ${this.lastWords}`);
      await once(this.#news, 'news');
    }
  }

  /** Of the service itself: waits until it is ready, and returns its URL. */
  async untilReady(): Promise<string> {
    await this.until((lines) => lines.some(({ msg }) => msg === 'minikom is ready'));
    return String(this.lines.find(({ msg }) => msg === 'minikom listens')?.url);
  }

  /** Reads no more of its log, until it has ended. */
  neglect(): void {
    this.#reader.pause();
    this.#child.once('exit', () => this.#reader.resume());
  }

  /** Waits for its end; returns the exit status, or the signal that ended it. */
  async end(): Promise<number | NodeJS.Signals | null> {
    while (!this.#closed) await once(this.#news, 'news');
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async endBy(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (this.isRunning) this.#child.kill(signal);
    return this.end();
  }

  /** What it said last, for who has to find out what went wrong. */
  get lastWords(): string {
    return [this.#errors, ...this.lines.slice(-5).map((line) => JSON.stringify(line))].join('\n');
  }
}
