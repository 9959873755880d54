import { until } from '../../../internal/testing/until.ts';

/** Waits until a program that was started answers 200. */
export function untilAnswers(
  program: string,
  ask: () => Promise<{ readonly status: number | undefined }>,
): Promise<void> {
  return until(`${program} answers`, () =>
    ask().then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
}
