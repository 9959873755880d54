import type { AnswerError } from '../data/get-json.ts';

/** Why something cannot be shown, or not anew. */
export function Fault({ fault }: { fault: AnswerError | undefined }) {
  if (fault === undefined) return null;
  return (
    <p class="fault" role="status">
      <span aria-hidden="true">✕</span> {fault.message}
    </p>
  );
}
