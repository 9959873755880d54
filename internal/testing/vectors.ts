import { readFileSync } from 'node:fs';

/** One report as a request body carries it. */
export interface ReportBody {
  readonly service_name: string;
  readonly state: 'deploy' | 'issue';
  readonly timestamp: number;
}

/** The answers that a set of reports leads to. */
export interface ExpectedAnswers {
  readonly services: Readonly<Record<string, { readonly state: string; readonly since: number }>>;
  readonly latest_events: readonly {
    readonly state: string;
    readonly start_time: number;
    readonly end_time: number | null;
  }[];
}

/** One worked case of the timeline: see vectors/README.md. */
export interface TimelineVector {
  readonly name: string;
  readonly now: number;
  readonly reports: readonly ReportBody[];
  readonly expected: ExpectedAnswers;
}

// The compiler copies no JSON: it is read from the sources, three folders up from dist/internal/testing/.
const file = new URL('../../../internal/testing/vectors/timeline.json', import.meta.url);

export const timelineVectors: readonly TimelineVector[] = JSON.parse(
  readFileSync(file, 'utf8'),
) as TimelineVector[];
