import { isLongerThan } from '../frontdoor/fields.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

/** What a record may say besides. */
export interface RecordDetails {
  readonly version?: string;
  /** Who or what deployed it. */
  readonly by?: string;
  /** Where there is more about it. */
  readonly url?: string;
}

/** "At this instant this component was in this state in this environment." Its four values tell it from others. */
export interface DeploymentRecord extends Instant, RecordDetails {
  readonly component: string;
  readonly environment: string;
  /** Free text. */
  readonly state: string;
}

/** Of each value but the URL. */
export const MAX_CHARACTERS = 255;

export const COMPONENT = /^[a-z0-9][a-z0-9.-]*$/;
export const ENVIRONMENT = /^[a-z]+(-[a-z]+){0,2}$/;
const TOO_LONG = `must be at most ${MAX_CHARACTERS} characters`;

/** Why a text cannot be a component's name, or undefined. */
export const componentFault = patternFault(COMPONENT);

/** Why a text cannot be an environment's name, or undefined. */
export const environmentFault = patternFault(ENVIRONMENT);

function patternFault(pattern: RegExp): (name: unknown) => string | undefined {
  return (name) => {
    if (typeof name !== 'string') return 'must be a string';
    if (name.length > MAX_CHARACTERS) return TOO_LONG;
    return pattern.test(name) ? undefined : `must match ${pattern.source}`;
  };
}

/** Why `state` cannot be a record's state, or undefined. */
export function stateFault(state: unknown): string | undefined {
  if (typeof state !== 'string') return 'must be a string';
  if (state.length === 0) return 'must not be empty';
  if (isLongerThan(MAX_CHARACTERS, state)) return TOO_LONG;
  // Postgres stores no U+0000.
  if (state.includes('\0')) return 'must not contain U+0000';
  // A lone surrogate cannot be written in UTF-8: two such states would become one.
  if (!state.isWellFormed()) return 'must not contain lone surrogates';
  return undefined;
}

/** What a page can link to. */
export const URL_TEXT = /^https?:\/\/[^\s\0\p{Cs}]{1,1990}$/u;

/** Why `url` cannot be where there is more about a record, or undefined. */
export function urlFault(url: unknown): string | undefined {
  if (typeof url !== 'string') return 'must be a string';
  return URL_TEXT.test(url)
    ? undefined
    : 'must be an http or https URL of at most 1,990 characters, without blanks';
}

/** The record as JSON text. Component and environment are of letters, digits, dots and dashes: nothing to escape. */
export function recordJson(record: DeploymentRecord): string {
  const { component, environment, state, version, by, url } = record;
  const names = `"Component":"${component}","Environment":"${environment}"`;
  const all = `${names},"State":${JSON.stringify(state)},"Timestamp":"${formatInstant(record)}"`;
  // Whoever does not know them is not told of them either.
  if (version === undefined && by === undefined && url === undefined) return `{${all}}`;
  return `{${all},${JSON.stringify({ Version: version, By: by, Url: url }).slice(1)}`;
}
