import type { FieldError, ProblemKind } from '../frontdoor/problem.ts';

/** All that crosses to the parser's thread and back, as plain data. */

/** One body, whose bytes the thread owns from now on. */
export interface ParseTask {
  readonly parser: string;
  /** In whatever memory, which is the thread's as well. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly options: unknown;
}

/** What became of it. A refusal is a value, because errors lose their class between threads. */
export type ParseAnswer =
  | { readonly outcome: 'parsed'; readonly parsed: unknown }
  | {
      readonly outcome: 'refused';
      readonly status: number;
      readonly kind: ProblemKind;
      readonly detail: string;
      readonly errors?: readonly FieldError[];
    };
