import type { Session } from '../database/session.ts';
import type { Logger } from '../telemetry/logger.ts';
import { fromPayload, type Announcement } from './announcement.ts';
import { CHANNEL } from './announcer.ts';

/** What a listener tells. */
export interface Told {
  readonly onAnnouncement: (announcement: Announcement) => void;
  /** Called when announcements may have been missed: at the start, and after the connection was lost. */
  readonly onGap: () => void;
}

export interface ListenerOptions extends Told {
  readonly session: Session;
  readonly logger: Logger;
}

/** Hears what replicas announce, from its making until it is closed. */
export class Listener {
  readonly #session: Session;
  readonly #unlisten: () => void;
  readonly #closed = new AbortController();

  constructor({ session, logger, onAnnouncement, onGap }: ListenerOptions) {
    this.#session = session;
    this.#unlisten = session.hear(CHANNEL, {
      onGap,
      onPayload: (payload) => {
        try {
          onAnnouncement(fromPayload(payload));
        } catch (error) {
          // Somebody else used our channel; what it meant is not known.
          logger.warn({ error }, 'announcement not understood');
          onGap();
        }
      },
    });
  }

  /** Resolves when all that was announced before this call has been heard. Rejects if the database does not answer in time. */
  hear(): Promise<void> {
    const { signal } = this.#closed;
    return new Promise((resolve, reject) => {
      const onClose = () => reject(new Error('The listener is closed.'));
      signal.addEventListener('abort', onClose);
      void this.#session
        .query('select 1')
        .then(() => resolve(), reject)
        .finally(() => signal.removeEventListener('abort', onClose));
    });
  }

  /** What waits for it ends by that. Safe to call twice. */
  close(): void {
    this.#closed.abort();
    this.#unlisten();
  }
}
