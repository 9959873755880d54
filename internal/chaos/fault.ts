import type { Client, Retries } from './client.ts';
import type { Mix } from './load.ts';
import type { OwnCluster } from './own-cluster.ts';
import type { OwnPostgres } from './own-postgres.ts';
import type { ServiceProcess } from './service-process.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** What is set up for a fault. Faults that need the same share it, one after the other. */
export interface StageNeeds {
  /** Settings of the service over the usual ones. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of the service's Node.js. */
  readonly nodeOptions?: readonly string[];
  /** Settings of PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The size of a disk for PostgreSQL alone, which only root can make. */
  readonly diskMebibytes?: number;
  /** The service runs its own PostgreSQL. */
  readonly isEmbedded?: true;
  /** Its database is a Citus cluster, which has to be given. */
  readonly isCluster?: true;
}

/** What a fault breaks. */
export interface Scene {
  readonly service: ServiceProcess;
  readonly postgres: OwnPostgres;
  readonly cluster: OwnCluster;
  /** Between the service and PostgreSQL. */
  readonly proxy: TcpProxy;
  readonly client: Client;
  /** Numbers in [0, 1), the same for the same seed. */
  readonly random: () => number;
  /** Whether a test waits for it. */
  readonly isShort: boolean;
  /** What a slow machine may add to each time that is promised. */
  readonly slackMs: number;
  /** Waits so long, in milliseconds; a second at most if it is to be short. */
  readonly lasting: (ms: number) => Promise<void>;
  /** Tells of something that must not be. */
  readonly complain: (problem: string) => void;
  /** Tells of something worth knowing. */
  readonly note: (line: string) => void;
}

/** One way to break something. */
export interface Fault {
  readonly name: string;
  readonly summary: string;
  readonly needs: StageNeeds;
  /** Another load than the usual. */
  readonly mix?: Mix;
  readonly connections?: number;
  /** Over all connections; Infinity: as fast as answers come. */
  readonly requestsPerSecond?: number;
  /** Within how many milliseconds connections begin, one after the other; all at once unless told. */
  readonly beginWithinMs?: number;
  /** Milliseconds within which 99 % of what is refused is answered, and 99 % of what is acknowledged. */
  readonly answersWithin?: { readonly refusedMs: number; readonly acknowledgedMs: number };
  /** In a hurry unless told. */
  readonly retries?: Retries;
  /** Its clients have a thread of their own, and tell what they did only in the end. */
  readonly isApart?: true;
  /** The service ends in it, so that clients lose connections. */
  readonly endsService?: true;
  /** With `--minutes` it is one round that lasts for as long, and not many of the usual length. */
  readonly lastsThroughout?: true;
  /** How long the service may take to serve again after it; 2 s unless told. */
  readonly backWithinMs?: number;
  /** Breaks it once. Resolves at the moment in which what was broken is whole again. */
  round(scene: Scene): Promise<void>;
  /** Told once after all rounds. */
  end?(scene: Scene): void;
}
