import { invalidRequest, MAX_LISTED_ERRORS, Problem, type FieldError } from '../frontdoor/problem.ts';
import { parseJson } from '../parsing/json.ts';
import type { BodyParser } from '../parsing/parser-thread.ts';
import { parseInstant } from '../time/instant.ts';
import { appendRecord, emptyColumns, type RecordColumns } from './columns.ts';
import { componentFault, environmentFault, stateFault, urlFault, type DeploymentRecord } from './record.ts';

/** How to read one body. Plain data: it crosses threads. */
export interface RecordParserOptions {
  readonly maxRecords: number;
}

/** The body of `POST /records`: all of it is good, or all of it is refused. */
export const recordParser: BodyParser<RecordParserOptions, RecordColumns> = {
  name: 'records',
  parse(body, { maxRecords }) {
    const records = listOf(parseJson(body));
    if (records.length > maxRecords) {
      throw new Problem(413, 'too-large', `The request has more than ${maxRecords} records.`);
    }
    const columns = emptyColumns();
    const faults: FieldError[] = [];
    for (const [index, value] of records.entries()) {
      const record = parseRecord(value);
      if (!Array.isArray(record)) appendRecord(columns, record);
      else for (const fault of record) faults.push({ index, ...fault });
      if (faults.length >= MAX_LISTED_ERRORS) break;
    }
    if (faults.length > 0) throw invalidRequest(faults);
    return columns;
  },
};

function listOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidRequest([{ field: '', message: 'must be a JSON object' }]);
  }
  const { Records: records }: { Records?: unknown } = body;
  if (!Array.isArray(records)) throw invalidRequest([{ field: 'Records', message: 'must be an array' }]);
  return records;
}

/** Checks one record; unknown fields are ignored. Returns the record, or every fault found. */
function parseRecord(value: unknown): DeploymentRecord | FieldError[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: '', message: 'must be a JSON object' }];
  }
  const fields: Partial<Record<'Component' | 'Environment' | 'State' | 'Timestamp', unknown>> = value;
  const { Component: component, Environment: environment, State: state, Timestamp: timestamp } = fields;
  const more: { Version?: unknown; By?: unknown; Url?: unknown } = value;
  const faults: FieldError[] = [];
  const check = (field: string, message: string | undefined) => {
    if (message !== undefined) faults.push({ field, message });
  };
  check('Component', componentFault(component));
  check('Environment', environmentFault(environment));
  check('State', stateFault(state));
  const instant = typeof timestamp === 'string' ? parseInstant(timestamp) : undefined;
  check('Timestamp', instant === undefined ? 'must be an RFC 3339 time' : undefined);
  // Any text, as a state is.
  if (more.Version !== undefined) check('Version', stateFault(more.Version));
  if (more.By !== undefined) check('By', stateFault(more.By));
  if (more.Url !== undefined) check('Url', urlFault(more.Url));
  const isGood = faults.length === 0 && instant !== undefined;
  if (
    isGood &&
    typeof component === 'string' &&
    typeof environment === 'string' &&
    typeof state === 'string'
  ) {
    return {
      ...{ component, environment, state, ...instant },
      ...(typeof more.Version === 'string' && { version: more.Version }),
      ...(typeof more.By === 'string' && { by: more.By }),
      ...(typeof more.Url === 'string' && { url: more.Url }),
    };
  }
  return faults;
}
