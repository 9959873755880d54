import type { Program } from '../../internal/pipeline/feature.ts';
import type { Config } from './configuration.ts';
import { features } from './features.ts';

/** Minikom. */
export const program: Program<Config> = {
  features,
  workerFile: new URL('worker.js', import.meta.url),
  parserFile: new URL('parser.js', import.meta.url),
  memberFile: new URL('member.js', import.meta.url),
};
