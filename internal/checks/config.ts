import { z } from 'zod';

import { integer, secret } from '../config/config.ts';
import { nameFault } from '../frontdoor/fields.ts';

/** What is checked, and how its checks and reports call it. */
export interface CheckTarget {
  /** A valid service name; without `=` and comma, as those have a meaning in CHECK_TARGETS. */
  readonly name: string;
  /** http or https. */
  readonly url: string;
}

/**
 * CHECK_TARGETS: `name=url,…`, where a comma in a URL is written `%2C`. Each fault is an issue of its own; it names the
 * target and not its URL, which may hold a password.
 */
const checkTargets = z
  .string()
  .transform((list, context): readonly CheckTarget[] => {
    const targets = list.split(',').map(readTarget);
    for (const message of faultsOf(targets)) context.addIssue({ code: 'custom', message });
    return targets;
  })
  .default([]);

/** What is checked, how often, and how long an answer may take. */
export const checksSection = z
  .object({
    CHECK_TARGETS: secret(checkTargets).meta({
      of: 'all',
      description:
        'what is checked: `name=url,…`, http or https, with a comma in a URL as `%2C`: [checks.md](checks.md)',
    }),
    CHECK_INTERVAL_SECONDS: integer(1, 86_400, 5).meta({
      of: 'all',
      description: "from the beginning of a target's check to that of its next, give or take a tenth",
    }),
    CHECK_TIMEOUT_SECONDS: integer(1, 3600, 4).meta({
      of: 'all',
      description:
        "of a check; it may be longer than the interval, as a target's next check waits for the end of its last",
    }),
  })
  .meta({ title: 'Health checks' });

export type ChecksConfig = Readonly<z.output<typeof checksSection>>;

function readTarget(item: string): CheckTarget {
  const equals = item.indexOf('=');
  return equals === -1
    ? { name: item.trim(), url: '' }
    : { name: item.slice(0, equals).trim(), url: item.slice(equals + 1).trim() };
}

function faultsOf(targets: readonly CheckTarget[]): string[] {
  const names = new Set<string>();
  return targets.flatMap(({ name, url }, index) => {
    const called = `target ${index + 1}${name === '' ? '' : ` (${JSON.stringify(name)})`}`;
    const fault = nameFault(name);
    const isTwice = names.has(name);
    names.add(name);
    return [
      ...(fault === undefined ? [] : [`${called}: the name ${fault}`]),
      ...(fault === undefined && isTwice ? [`${called}: the name is there twice`] : []),
      ...(isHttpUrl(url) ? [] : [`${called}: must be name=url with an http or https URL`]),
    ];
  });
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && isDecodable(username) && isDecodable(password);
}

/** Node decodes the name and the password of a URL before it sends them. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
