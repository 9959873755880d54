import { useEffect, useRef, useState } from 'preact/hooks';

import { AnswerError } from '../data/get-json.ts';
import { tick, told } from '../live/store.ts';
import type { MuteNow } from '../live/topics.ts';
import { Fault } from '../parts/fault.tsx';
import { Moment } from '../parts/moment.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { endMute, mute, mutesOf } from './mutes.ts';

const spans: readonly (readonly [seconds: number, words: string])[] = [
  [900, '15 minutes'],
  [3600, '1 hour'],
  [4 * 3600, '4 hours'],
  [86_400, '1 day'],
  [7 * 86_400, '7 days'],
];

/** That nobody is told of a service, in its row of the list; nothing if somebody is. */
export function MutedMark({ mute: holding }: { mute: MuteNow | undefined }) {
  if (holding === undefined) return null;
  const { by, note } = holding;
  return (
    <span class="muted-mark" title={`muted by ${by}${note === '' ? '' : `: ${note}`}`}>
      muted
    </span>
  );
}

/** Which mutes hold of a service, and how to make and end one. */
export function MutePanel({ name }: { name: string }) {
  redrawWith(told, tick);
  const [isOpen, setIsOpen] = useState(false);
  const [fault, setFault] = useState<AnswerError>();
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setIsOpen(false);
    opener.current?.focus();
  };
  const attempt = (deed: Promise<unknown>) =>
    deed.then(
      () => {
        setFault(undefined);
        close();
      },
      (error: unknown) =>
        setFault(error instanceof AnswerError ? error : new AnswerError(0, String(error), error)),
    );
  return (
    <div class="mutes">
      {mutesOf(name).map((each) => (
        <Holding key={each.id} mute={each} name={name} onEnd={() => void attempt(endMute(each))} />
      ))}
      <button
        type="button"
        ref={opener}
        data-mute
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        title="Acknowledge it: nobody is told of it for a while (m)"
      >
        Mute…
      </button>
      {isOpen && (
        <MuteForm
          name={name}
          onCancel={close}
          onMute={(pattern, by, note, seconds) => void attempt(mute(pattern, by, note, seconds))}
        />
      )}
      <Fault fault={fault} />
    </div>
  );
}

function Holding({ mute: { by, note, service, until }, name, onEnd }: HoldingProps) {
  return (
    <p class="mute">
      <span class="muted-mark">muted</span> by <bdi>{by}</bdi> until <Moment at={until} />
      {service !== name && (
        <>
          , with all that fit <bdi>{service}</bdi>
        </>
      )}
      {note !== '' && (
        <>
          : <bdi class="mute-note">{note}</bdi>
        </>
      )}{' '}
      <button type="button" onClick={onEnd}>
        End it
      </button>
    </p>
  );
}

interface HoldingProps {
  readonly mute: MuteNow;
  /** Of the service that is shown. */
  readonly name: string;
  readonly onEnd: () => void;
}

interface FormProps {
  readonly name: string;
  readonly onMute: (pattern: string, by: string, note: string, seconds: number) => void;
  readonly onCancel: () => void;
}

function MuteForm({ name, onMute, onCancel }: FormProps) {
  const by = useRef<HTMLInputElement>(null);
  // Once: the page around it is drawn each second.
  useEffect(() => by.current?.focus(), []);
  return (
    <form
      class="mute-form"
      aria-label="Mute"
      onKeyDown={({ key }) => {
        if (key === 'Escape') onCancel();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const text = (field: string) => {
          const value = given.get(field);
          return typeof value === 'string' ? value : '';
        };
        onMute(text('service'), text('by'), text('note'), Number(text('seconds')));
      }}
    >
      <label>
        Service or pattern <input name="service" required maxLength={255} value={name} />
      </label>
      <label>
        Who you are <input name="by" required maxLength={255} autoComplete="name" ref={by} />
      </label>
      <label>
        Why <input name="note" maxLength={1000} />
      </label>
      <label>
        For{' '}
        <select name="seconds">
          {spans.map(([seconds, words]) => (
            <option key={seconds} value={seconds} selected={seconds === 3600}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Mute it</button>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}
