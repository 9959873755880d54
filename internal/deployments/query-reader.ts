import { invalidRequest, type FieldError } from '../frontdoor/problem.ts';
import { componentFault, environmentFault } from './record.ts';
import { compareInstants, parseTimestamp, type Instant } from './timestamp.ts';

/** How one value of a URL's query is read. */
export interface QueryField<T> {
  /** Undefined for what is refused. */
  readonly parse: (text: string) => T | undefined;
  /** What it must be. */
  readonly message: string;
}

/** Reads the values of a URL's query and gathers what is wrong with them. Values that nobody asks for are ignored. */
export class QueryReader {
  readonly #query: Readonly<Record<string, string | string[] | undefined>>;
  readonly #faults: FieldError[] = [];

  constructor(query: Readonly<Record<string, string | string[] | undefined>>) {
    this.#query = query;
  }

  /** Undefined if it is not there, or wrong. */
  read<T>(name: string, { parse, message }: QueryField<T>): T | undefined {
    const text = this.#query[name];
    if (text === undefined) return undefined;
    const value = typeof text === 'string' ? parse(text) : undefined;
    if (value === undefined) {
      this.#faults.push({ field: name, message: typeof text === 'string' ? message : 'must be there once' });
    }
    return value;
  }

  /** Reads `from` (inclusive) and `to` (exclusive). */
  readSpan(): { readonly from: Instant | undefined; readonly to: Instant | undefined } {
    const from = this.read('from', time);
    const to = this.read('to', time);
    if (from !== undefined && to !== undefined && compareInstants(from, to) >= 0) {
      this.#faults.push({ field: 'to', message: 'must be after from' });
    }
    return { from, to };
  }

  /** Throws a 400 that names every value that was wrong. */
  requireGood(): void {
    if (this.#faults.length > 0) throw invalidRequest(this.#faults);
  }
}

export const component: QueryField<string> = {
  parse: (text) => (componentFault(text) === undefined ? text : undefined),
  message: "must be a component's name",
};

export const environment: QueryField<string> = {
  parse: (text) => (environmentFault(text) === undefined ? text : undefined),
  message: "must be an environment's name",
};

/** A whole number. */
export function wholeNumber(minimum: number, maximum: number): QueryField<number> {
  return {
    parse: (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
      return value >= minimum && value <= maximum ? value : undefined;
    },
    message: `must be a whole number from ${minimum} to ${maximum}`,
  };
}

const time: QueryField<Instant> = {
  // A plus that was not percent-encoded arrives as a blank.
  parse: (text) => parseTimestamp(text.replace(' ', '+')),
  message: 'must be an RFC 3339 time',
};
