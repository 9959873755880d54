import { withDeadline } from '../database/deadline.ts';
import type { Figures } from '../shards/figures.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { ToMember, ToPrimary } from './protocol.ts';
import { Questions } from './questions.ts';

const ANSWER_TIMEOUT_MS = 2000;

/** The channel to the primary, as `process` has it in a member. */
export interface Channel {
  send(message: ToPrimary): void;
  onMessage(listener: (message: ToMember) => void): void;
}

/** One of several processes that serve one port, as it sees the others. */
export class Member {
  readonly #channel: Channel;
  readonly #questions = new Questions<Figures | null>();

  /**
   * `stop` is called when the primary says so; when the primary is gone, node:cluster ends the process at once.
   * `ownFigures` are those of this process.
   */
  constructor(channel: Channel, ownFigures: () => Figures, stop: () => void) {
    this.#channel = channel;
    channel.onMessage((message) => {
      if (message.kind === 'stop') stop();
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
