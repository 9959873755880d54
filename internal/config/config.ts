import { z } from 'zod';

/** Thrown once for everything that is wrong with the environment; the message has one line per bad variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[]) {
    super(['The configuration is not valid:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the environment by name: the pipeline has some, and each feature those that only it knows. */
export type Section = z.ZodObject;

/** What the sections read, together. */
export type ConfigOf<Sections extends readonly Section[]> = Sections extends readonly [
  infer First extends Section,
  ...infer Others extends readonly Section[],
]
  ? Readonly<z.output<First>> & ConfigOf<Others>
  : unknown;

/**
 * Reads all sections into one frozen object; an empty variable counts as not set. Throws one {@link ConfigError} that
 * names every bad variable, and what else was found to be wrong: `otherFaults`, such as what `fileFaults` tells.
 */
export function readSections<const Sections extends readonly Section[]>(
  sections: Sections,
  environment: Environment,
  otherFaults: readonly string[] = [],
): ConfigOf<Sections> {
  const set = variablesSet(environment);
  const results = sections.map((section) => ({ section, ...section.safeParse(set) }));
  const inVariables = results.flatMap(({ section, error }) =>
    (error?.issues ?? []).map((issue) => {
      const name = String(issue.path[0]);
      const isShown = set[name] !== undefined && !isSecret(section, name);
      return `${name} ${issue.message}${isShown ? ` (got ${JSON.stringify(set[name])})` : ''}`;
    }),
  );
  const faults = [...new Set([...inVariables, ...otherFaults])];
  if (faults.length > 0) throw new ConfigError(faults);
  // Each section gave what its schema says.
  return Object.freeze(Object.assign({}, ...results.map(({ data }) => data))) as ConfigOf<Sections>;
}

/** What is set; an empty variable counts as not set. */
export function variablesSet(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

const SECRET = 'isSecret';

function isSecret(section: Section, name: string): boolean {
  const variable: unknown = section.shape[name];
  return variable instanceof z.ZodType && variable.meta()?.[SECRET] === true;
}

/** A variable whose value must not reach a terminal or a log. */
export function secret<Variable extends z.ZodType>(variable: Variable): Variable {
  return variable.meta({ [SECRET]: true });
}

/** A whole number in that range. */
export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    // What is compared with others of its section is a number, and in range.
    .regex(/^-?\d+$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .pipe(
      z
        .number()
        .min(minimum, { error: `must be at least ${minimum}`, abort: true })
        .max(maximum, { error: `must be at most ${maximum}`, abort: true }),
    );

/** A whole number in that range, and what it is if nothing is set. */
export const integer = (minimum: number, maximum: number, fallback: number) =>
  wholeNumber(minimum, maximum).default(fallback);

/** On or off; off if nothing is set. */
export const booleanFlag = z
  .enum(['0', '1'], 'must be 0 or 1')
  .default('0')
  .transform((flag) => flag === '1');
