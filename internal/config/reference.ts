import { z } from 'zod';

import type { Section } from './config.ts';

/** What one variable is, as its schema tells. */
interface Variable {
  readonly name: string;
  readonly unlessSet: string;
  readonly values: string;
  /** What has one of its own; `all` means that all replicas must have the same. */
  readonly of: 'all' | 'replica' | 'process';
  readonly description: string;
}

const told = z.looseObject({
  description: z.string(),
  of: z.enum(['all', 'replica', 'process']).default('replica'),
  unset: z.string().optional(),
  default: z.union([z.string(), z.number(), z.array(z.unknown())]).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
});

/** The variables of a section, in its order. Throws if one of them does not say what it is for. */
function variablesOf(section: Section): Variable[] {
  return Object.entries(section.shape).map(([name, schema]) => {
    const [written, read] = (['input', 'output'] as const).map((io) =>
      z.toJSONSchema(schema, { io, unrepresentable: 'any' }),
    );
    // What may be written, and the range of the number that it becomes.
    const { description, of, unset, minimum, maximum, ...more } = told.parse({ ...read, ...written });
    const fallback = Array.isArray(more.default) ? '' : `${more.default ?? ''}`;
    return {
      name,
      unlessSet: unset ?? (fallback === '' ? 'none' : `\`${fallback}\``),
      values:
        more.enum?.map((value) => `\`${value}\``).join(', ') ??
        (maximum === undefined ? '' : `${minimum} to ${maximum}`),
      of,
      description,
    };
  });
}

/** The tables of docs/configuration.md, a heading and a table for each section; not aligned yet. */
export function markdownOf(sections: readonly Section[]): string {
  return sections
    .flatMap((section) => [
      `## ${titleOf(section)}\n`,
      '| variable | default | values | of | meaning |\n| --- | --- | --- | --- | --- |',
      ...variablesOf(section).map(
        ({ name, unlessSet, values, of, description }) =>
          `| \`${name}\` | ${unlessSet} | ${values} | ${of} | ${description} |`,
      ),
      '',
    ])
    .join('\n');
}

/** The same for a terminal, without links. */
export function plainTextOf(sections: readonly Section[]): string {
  return sections
    .flatMap((section) => [
      `${titleOf(section)}:`,
      ...variablesOf(section).map(({ name, unlessSet, values, description }) => {
        const text = `  ${name} (${[unlessSet, values].filter((part) => part !== '').join('; ')})\n      ${description}`;
        return text.replace(/\[([^\]]*)\]\(([^)]*)\)/g, '$1').replaceAll('`', '');
      }),
      '',
    ])
    .join('\n');
}

function titleOf(section: Section): string {
  return z.object({ title: z.string() }).parse(section.meta()).title;
}
