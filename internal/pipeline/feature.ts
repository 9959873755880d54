import type pg from 'pg';

import type { PipelineConfig } from '../config/pipeline.ts';
import type { Chore } from '../database/housekeeper.ts';
import type { Bodies } from '../frontdoor/bodies.ts';
import type { Api } from '../frontdoor/operation.ts';
import type { FeatureRoutes } from '../frontdoor/route.ts';
import type { Parser } from '../parsing/parser.ts';
import type { BodyParser } from '../parsing/parser-thread.ts';
import type { Replicas } from '../processes/replicas.ts';
import type { AskFigures, Figures, Measure } from '../shards/figures.ts';
import type { Shards } from '../shards/shards.ts';
import type { Sink } from '../shards/worker.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ThreadPool, ThreadPoolOptions } from '../threads/thread-pool.ts';
import type { Claims } from './claims.ts';
import type { Changes, Topic } from './topic.ts';

/** What the one pipeline offers to every feature when the service starts; a feature's own configuration is in `config`. */
export interface Pipeline<OwnConfig = unknown> {
  readonly config: PipelineConfig & OwnConfig;
  readonly bodies: Bodies;
  readonly parser: Parser;
  readonly shards: Shards;
  /** Who worked in this process. */
  readonly ownFigures: () => Figures;
  /** Who worked in all processes of this replica; needs no database. */
  readonly askFigures: AskFigures;
  /** The processes of all replicas. */
  readonly replicas: Pick<Replicas, 'ask' | 'onAsked'>;
  /** Where it is said what changed. */
  readonly changes: Changes;
  /** For connections with a session of their own, which hold locks. */
  readonly connectionString: string;
  /** Starts threads of the feature's own; they end when everything is answered. */
  readonly startThreads: (threads: Omit<ThreadPoolOptions, 'logger'>) => ThreadPool;
  /** Connections for reading. */
  readonly database: pg.Pool;
  /** Connections for the few writes that no batch carries. */
  readonly writes: pg.Pool;
  readonly logger: Logger;
  /** The server's clock, in unix seconds with a fraction. */
  readonly now: () => number;
}

/** What a feature adds to the pipeline on the front door's thread. */
export interface Feature {
  readonly routes: FeatureRoutes;
  /** What is tidied up now and then. */
  readonly chores?: readonly Chore[];
  /** What `GET /live` tells of it. */
  readonly topics?: readonly Topic[];
  /** What it counts in this process, for `GET /metrics`. */
  measures?(): readonly Measure[];
  /** What the database has to tell `GET /metrics`, of all replicas. */
  readMeasures?(): Promise<readonly Measure[]>;
  /** Why what it takes could not be read back now, or undefined. Asked at any time once the database is prepared. */
  whyNotReady?(): Promise<string | undefined>;
  /** Begins what the feature does by itself; called once, when the database is ready. */
  start?(): void;
  /** Ends that, within the time that requests are given to be answered; called also if it never began. */
  stop?(): Promise<void>;
}

/**
 * A feature of a program with that configuration, as the list of all features names it. Each part is loaded only in the threads that run it, so that a
 * worker holds no front door and no parser.
 */
export interface FeatureParts<Config> {
  /** On the front door's thread, once. */
  readonly open: () => Promise<(pipeline: Pipeline<Config>) => Feature>;
  /** What is told of its routes; loaded when somebody asks for the document. */
  readonly api?: () => Promise<Api>;
  /** What is the feature's alone; on the front door's thread, once. */
  readonly claims?: () => Promise<Claims>;
  /** In the parser's thread: how its large bodies are read. */
  readonly parsers?: () => Promise<readonly BodyParser<never, unknown>[]>;
  /** Most connections to the database that it opens by itself in a process. */
  readonly connections?: (config: Config) => number;
  /** In every worker: where its batches end. */
  readonly sinks?: () => Promise<readonly Sink<never>[]>;
}

/** A program of the service: what it can do, and the files that its threads and processes run. */
export interface Program<Config> {
  readonly features: readonly FeatureParts<Config>[];
  /** The thread of a worker: exports what `serveSinks` returns as default. */
  readonly workerFile: URL;
  /** The thread that parses large bodies: exports what `serveParsers` returns as default. */
  readonly parserFile: URL;
  /** One of several processes. */
  readonly memberFile: URL;
}
