import { z } from 'zod';

import { secret } from '../config/config.ts';
import { readRules, usualRules, type Rule } from './rules.ts';

/** In which form a receiver wants to be told. */
export type ReceiverKind = 'webhook' | 'slack' | 'alertmanager';

/** Somebody who is told. */
export interface Receiver {
  /** Shown and stored, where the URL, which often is a secret, is not: as given, else the host of the URL. */
  readonly name: string;
  readonly kind: ReceiverKind;
  /** http or https. */
  readonly url: string;
}

const RECEIVER = /^(?:([\w.-]{1,100})=)?(?:(slack|alertmanager)\+)?(https?:\/\/.*)$/s;
const MAX_RECEIVERS = 20;

/** NOTIFY_URLS; a fault names the place of a receiver and not its URL. */
const notifyUrls = z
  .string()
  .transform((list, context): readonly Receiver[] => {
    const fault = (message: string) => context.addIssue({ code: 'custom', message });
    const receivers = list.split(',').flatMap((item, index): Receiver[] => {
      const [, name, kind = 'webhook', url = ''] = RECEIVER.exec(item.trim()) ?? [];
      if (!URL.canParse(url)) {
        fault(
          `receiver ${index + 1} must be an http or https URL, after name= and slack+ or alertmanager+ where wanted`,
        );
        return [];
      }
      return [{ name: name ?? new URL(url).host, kind: kind as ReceiverKind, url }];
    });
    const names = receivers.map(({ name }) => name);
    for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
      fault(
        `receiver ${JSON.stringify(name)} is there twice: give each a name of its own, as in ops=https://…`,
      );
    }
    if (receivers.length > MAX_RECEIVERS) fault(`must be at most ${MAX_RECEIVERS} receivers`);
    return receivers;
  })
  .default([]);

const notifyRules = z
  .string()
  .transform((path, context): readonly Rule[] => {
    const rules = readRules(path);
    if (!('faults' in rules)) return rules;
    for (const message of rules.faults) context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .default(usualRules);

/** Who is told of what. */
export const notificationsSection = z
  .object({
    NOTIFY_URLS: secret(notifyUrls).meta({
      of: 'all',
      description:
        'who is told: comma-separated http or https URLs, each with `name=`, `slack+` or `alertmanager+` ahead where wanted, and a comma in one as `%2C`: [notifications.md](notifications.md)',
    }),
    NOTIFY_SECRET: secret(z.string().optional()).meta({
      of: 'all',
      description: 'signs what is sent, as `X-Minikom-Signature: sha256=…`',
    }),
    NOTIFY_RULES_FILE: notifyRules.meta({
      of: 'all',
      description:
        'a file of rules that says what is told; without it services in issue, and the end of that',
    }),
  })
  .superRefine(({ NOTIFY_URLS: receivers, NOTIFY_RULES_FILE: rules }, context) => {
    const names = new Set(receivers.map(({ name }) => name));
    for (const { name, receivers: to = [] } of rules) {
      for (const other of to.filter((each) => !names.has(each))) {
        const message = `rule ${JSON.stringify(name)} is for ${JSON.stringify(other)}, which is not in NOTIFY_URLS`;
        context.addIssue({ code: 'custom', path: ['NOTIFY_RULES_FILE'], message });
      }
    }
  })
  .meta({ title: 'Who is told' });

export type NotificationsConfig = Readonly<z.output<typeof notificationsSection>>;

/** What is set and comes to nothing, as it is not said who is told: to be warned of at the start. */
export function unusedWithoutReceivers(config: NotificationsConfig): readonly string[] {
  if (config.NOTIFY_URLS.length > 0) return [];
  return [
    ...(config.NOTIFY_RULES_FILE.every((rule) => usualRules.includes(rule)) ? [] : ['NOTIFY_RULES_FILE']),
    ...(config.NOTIFY_SECRET === undefined ? [] : ['NOTIFY_SECRET']),
  ];
}
