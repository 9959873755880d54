import { hasFilesToReread } from '../config/files.ts';
import type { PipelineConfig } from '../config/pipeline.ts';
import { withDeadline } from '../database/deadline.ts';
import type { Program } from '../pipeline/feature.ts';
import type { Figures } from '../shards/figures.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Questions, type ToMember, type ToPrimary } from './protocol.ts';
import { serve } from './serve.ts';
import { stopOnSignal } from './stop-on-signal.ts';

const ANSWER_TIMEOUT_MS = 2000;

/**
 * One of several processes of the service, until it is told to stop; the primary starts it, and it ends with it. `slot`
 * is its place among them, from 0.
 */
export async function serveAsMember<Config extends PipelineConfig>(
  program: Program<Config>,
  config: Config,
  slot: number,
  logger: Logger,
): Promise<void> {
  let ownFigures = (): Figures => ({ workers: [], shards: [], measures: [] });
  const reload = (): Promise<void> => starting.then((service) => service.reload());
  const stopping = stopOnSignal(
    'process',
    () => starting.then((service) => service.stop()),
    config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_TIMEOUT_MS,
    logger,
    hasFilesToReread(config) ? reload : undefined,
  );
  const member = new Member(channelToPrimary(), () => ownFigures(), { stop: () => stopping.begin(), reload });
  const starting = serve(program, config, {
    connectionString: config.DATABASE_URL ?? '',
    logger,
    now: () => Date.now() / 1000,
    among: {
      slot,
      askFigures: () => member.allFigures(),
      onFigures: (own) => (ownFigures = own),
    },
  });
  const service = await starting;
  member.listens(service.url);
  await service.ready;
  member.isReady();
}

/** The channel to the primary, as `process` has it in a member. */
interface Channel {
  send(message: ToPrimary): void;
  onMessage(listener: (message: ToMember) => void): void;
}

/** This process as it sees the others. */
class Member {
  readonly #channel: Channel;
  readonly #questions = new Questions<Figures | null>();

  /**
   * `stop` and `reload` are called when the primary says so; when it is gone, node:cluster ends the process at once.
   * `ownFigures` are those of this process.
   */
  constructor(
    channel: Channel,
    ownFigures: () => Figures,
    { stop, reload }: { readonly stop: () => void; readonly reload: () => Promise<void> },
  ) {
    this.#channel = channel;
    channel.onMessage((message) => {
      if (message.kind === 'stop') stop();
      else if (message.kind === 'reload') void reload().catch(() => undefined);
      else if (message.kind === 'all figures') this.#questions.answer(message.question, message.figures);
      else channel.send({ kind: 'figures', question: message.question, figures: ownFigures() });
    });
  }

  /** Says that this process listens at `url`. */
  listens(url: string): void {
    this.#channel.send({ kind: 'listening', url });
  }

  /** Says that this process serves requests. */
  isReady(): void {
    this.#channel.send({ kind: 'ready' });
  }

  /** The figures of all members. Throws an {@link UnavailableError} if one of them does not answer. */
  async allFigures(): Promise<Figures> {
    const asked = this.#questions.ask((question) => this.#channel.send({ kind: 'ask figures', question }));
    const figures = await withDeadline(asked, ANSWER_TIMEOUT_MS).catch(() => null);
    if (figures === null) {
      throw new UnavailableError('member-silent', 'One of the processes did not answer.');
    }
    return figures;
  }
}

function channelToPrimary(): Channel {
  return {
    send: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', (message: ToMember) => listener(message)),
  };
}
