import { once, EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Logger } from '../../telemetry/logger.ts';

/** A logger whose lines a test can read and wait for. */
export interface LogLines {
  logger: Logger;
  lines: string[];
  /** Resolves once a line contains `text`. */
  until(text: string): Promise<void>;
}

/** A logger that keeps its lines in memory. */
export function logLines(): LogLines {
  const lines: string[] = [];
  const news = new EventEmitter();
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      news.emit('line');
      done();
    },
  });
  return {
    logger: pino({ base: null }, destination),
    lines,
    async until(text) {
      while (!lines.some((line) => line.includes(text))) await once(news, 'line');
    },
  };
}
