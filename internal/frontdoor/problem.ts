import { ExpectedError } from '../program/expected-error.ts';

/** One fault of a request: `field` names where ('' is the body itself), `index` which item of an array. */
export interface FieldError {
  readonly index?: number;
  readonly field: string;
  readonly message: string;
}

/** Of the faults of a request, so many are told. */
export const MAX_LISTED_ERRORS = 20;

const titles = {
  'invalid-body': 'The body cannot be read',
  'invalid-request': 'The request is not valid',
  'invalid-url': 'The URL is not valid',
  unauthorized: 'A token is needed',
  'cross-origin': 'Another origin may not do this',
  misdirected: 'The service has another name',
  'not-found': 'There is nothing here',
  'method-not-allowed': 'This method is not allowed here',
  'too-large': 'The body is too large',
  'unsupported-media-type': 'This kind of body is not taken',
  'upgrade-required': 'This is a WebSocket',
  'rate-limited': 'Too much in too short a time',
  'request-timeout': 'The request took too long to arrive',
  internal: 'Something went wrong here',
  unavailable: 'Not now',
} as const;

/**
 * A way to go wrong: its stable name, which is the last part of the `type` of an answer, and its title. A feature
 * declares those that only it knows, and claims them (`internal/pipeline/claims.ts`).
 */
export interface ProblemKind {
  readonly code: string;
  readonly title: string;
}

/** The kinds that every feature may use. */
export const commonProblems: readonly ProblemKind[] = Object.entries(titles).map(([code, title]) => ({
  code,
  title,
}));

/**
 * An answer that is not a success, thrown anywhere below the front door and rendered there, once.
 * `detail` is for the caller to read: it never holds SQL, a stack or a path.
 */
export class Problem extends ExpectedError {
  override readonly name = 'Problem';
  readonly status: number;
  readonly kind: ProblemKind;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly FieldError[] | undefined;

  constructor(
    status: number,
    kind: keyof typeof titles | ProblemKind,
    detail: string,
    more: { headers?: Record<string, string>; errors?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.status = status;
    this.kind = typeof kind === 'string' ? { code: kind, title: titles[kind] } : kind;
    this.headers = more.headers ?? {};
    this.errors = more.errors?.slice(0, MAX_LISTED_ERRORS);
  }

  get code(): string {
    return this.kind.code;
  }

  /** The body of the answer, RFC 9457. */
  toJSON(): object {
    return {
      type: `urn:minikom:problem:${this.code}`,
      title: this.kind.title,
      status: this.status,
      detail: this.message,
      ...(this.errors && { errors: this.errors }),
    };
  }
}

/** 400 for a request whose parts are readable but wrong, with each fault by field. */
export function invalidRequest(errors: readonly FieldError[]): Problem {
  const first = errors[0];
  return new Problem(400, 'invalid-request', `The request is not valid: ${first ? inWords(first) : ''}.`, {
    errors,
  });
}

function inWords({ index, field, message }: FieldError): string {
  const item = index === undefined ? '' : `item ${index}`;
  if (field === '') return `${item || 'the body'} ${message}`;
  return item === '' ? `${field} ${message}` : `${item}: ${field} ${message}`;
}

/** 413, of which nothing more is read. */
export function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'too-large', `The body is larger than ${maxBytes} bytes, decompressed.`);
}

/** 503 for what may go well if the same request is sent again. */
export function unavailable(detail: string, cause?: unknown, retryAfterSeconds = 1): Problem {
  return new Problem(503, 'unavailable', detail, {
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause,
  });
}
