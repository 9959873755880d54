import type { Answer, Schema } from '../data/answer.ts';
import { isPattern, searchOf } from '../mutes/fits.ts';
import { routeTo } from '../route/current.ts';
import type { Route, ViewName } from '../route/route.ts';

/** What can change, as `GET /changes` names it. */
export const kinds = ['issue', 'check', 'deployment', 'job', 'mute'] as const;

/** What began, ended or was deployed, as `GET /changes` tells it; times are unix seconds. */
export type Change = Schema<'Change'>;

export type ChangesAnswer = Answer<'/changes'>;

const viewOf: Readonly<Record<Change['kind'], ViewName>> = {
  issue: 'services',
  check: 'checks',
  deployment: 'deployments',
  job: 'jobs',
  mute: 'services',
};

/** What a change leads to: its service, check or component, the run of its job, the services that fit its pattern. */
export function routeOfChange({ kind, service, run_id: run }: Change): Route {
  if (kind === 'mute' && isPattern(service)) {
    const list = routeTo('services');
    return { ...list, query: { ...list.query, q: searchOf(service) } };
  }
  const to = routeTo(viewOf[kind], service);
  return run === undefined ? to : { ...to, query: { ...to.query, run } };
}

/** Tells changes apart, also those of one service and moment. */
export function keyOfChange(change: Change): string {
  const { at, kind, service, environment, state, run_id: run, mute_id: mute } = change;
  return JSON.stringify([at, kind, change.change, service, environment, state, run, mute]);
}
