import { isBad } from './matrix.ts';
import type { DeploymentRecord } from './record.ts';

/** The state of a record, with a shape for the states that deploy tools use. */
export function RecordState({ record }: { record: DeploymentRecord }) {
  const { State } = record;
  const kind = isBad(record)
    ? 'state-issue'
    : State === 'started'
      ? 'state-deploy'
      : State === 'succeeded'
        ? 'check-good'
        : '';
  const shape = isBad(record) ? '▲' : State === 'started' ? '●' : State === 'succeeded' ? '✓' : '·';
  return (
    <span class={`state ${kind}`}>
      <span class="state-shape" aria-hidden="true">
        {shape}
      </span>
      <bdi>{State}</bdi>
    </span>
  );
}
