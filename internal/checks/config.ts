import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { integer, secret } from '../config/config.ts';
import { nameFault } from '../frontdoor/fields.ts';
import { isHttpUrl, parseChecksFile, type FileTarget } from './checks-file.ts';
import type { CheckTarget } from './targets.ts';

type NamedUrl = Pick<CheckTarget, 'name' | 'url'>;

/**
 * CHECK_TARGETS: `name=url,…`, where a comma in a URL is written `%2C`. Each fault is an issue of its own; it names the
 * target and not its URL, which may hold a password.
 */
const checkTargets = z
  .string()
  .transform((list, context): readonly NamedUrl[] => {
    const targets = list.split(',').map(readTarget);
    for (const message of faultsOf(targets)) context.addIssue({ code: 'custom', message });
    return targets;
  })
  .default([]);

/** CHECKS_FILE: a file of JSON that says more of each target. Its faults tell no URL, header or body either. */
const checksFile = z
  .string()
  .transform((path, context): readonly FileTarget[] => {
    const { targets, faults } = parseChecksFile(readText(path));
    for (const message of faults) context.addIssue({ code: 'custom', message });
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
    CHECKS_FILE: checksFile.meta({
      of: 'all',
      description:
        'a file of JSON with what is checked as well, which says more of each target: [checks.md](checks.md#a-file-of-checks)',
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
  .superRefine(({ CHECK_TARGETS, CHECKS_FILE }, context) => {
    const names = new Set(CHECK_TARGETS.map(({ name }) => name));
    for (const { name } of CHECKS_FILE.filter((target) => names.has(target.name))) {
      const message = `${JSON.stringify(name)} is in CHECK_TARGETS, too`;
      context.addIssue({ code: 'custom', path: ['CHECKS_FILE'], message });
    }
  })
  .meta({ title: 'Health checks' });

export type ChecksConfig = Readonly<z.output<typeof checksSection>>;

function readText(path: string): string | Error {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function readTarget(item: string): NamedUrl {
  const equals = item.indexOf('=');
  return equals === -1
    ? { name: item.trim(), url: '' }
    : { name: item.slice(0, equals).trim(), url: item.slice(equals + 1).trim() };
}

function faultsOf(targets: readonly NamedUrl[]): string[] {
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
