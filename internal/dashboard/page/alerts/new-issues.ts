import type { ServicesItems } from '../live/services-items.ts';

/** Watches which services get into issue; each look tells those that were not in issue at the one before. */
export class NewIssues {
  #known: ReadonlySet<string> | undefined;

  /** Those that are new; none at the first look, as what goes on then is seen on the page. */
  look(services: ServicesItems): string[] {
    const now = new Set<string>();
    for (const id of services.ids) if (services.stateOf(id) === 'issue') now.add(services.nameOf(id));
    const known = this.#known;
    this.#known = now;
    return known === undefined ? [] : [...now].filter((name) => !known.has(name));
  }

  /** The next look is a first one. */
  forget(): void {
    this.#known = undefined;
  }
}
