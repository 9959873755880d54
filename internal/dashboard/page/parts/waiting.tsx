import type { AnswerError } from '../data/get-json.ts';
import { needsToken } from '../data/session.ts';
import { freshness } from '../live/store.ts';
import { Fault } from './fault.tsx';

/** What stands in place of something while nothing is known of it, and why, if that is known. */
export function Waiting({ fault }: { fault?: AnswerError | undefined }) {
  return (
    <div class="waiting">
      <p>{textOf(fault)}</p>
      <Fault fault={fault} />
    </div>
  );
}

function textOf(fault: AnswerError | undefined): string {
  if (fault !== undefined) return 'Nothing is known yet.';
  if (needsToken.value) return 'A token is needed to read.';
  return freshness.value === 'lost'
    ? 'Nothing is known yet: the service does not answer.'
    : 'Waiting for the service…';
}
