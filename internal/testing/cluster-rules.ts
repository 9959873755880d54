import type { Spread } from '../database/cluster.ts';

/** What a Citus cluster is known not to do, or not to do well, as seen on 13.2: each tells whether a statement wants that. */
export const clusterRules: Readonly<Record<string, (sql: string, spreads: readonly Spread[]) => boolean>> = {
  'several commands, of which one changes a schema': (sql) =>
    /;\s*\S/.test(sql) && /\b(create|alter|drop)\s/.test(sql),
  'a plan for any values, where a cluster has to know them': (sql) => sql.includes('force_generic_plan'),
  'a recursion over rows that lie on several servers': (sql, spreads) =>
    /\bwith recursive\b/.test(sql) && spreadIn(sql, spreads).some((spread) => !namesKey(sql, spread)),
  'a lock of rows that may lie on several servers': (sql, spreads) =>
    /\bfor (no key )?(update|share|key share)\b/.test(sql) &&
    spreadIn(sql, spreads).some((spread) => !namesKey(sql, spread)),
  'a conflict in what is not unique on all servers': (sql, spreads) => {
    const [, table = '', target] = /insert into (\w+)[^]*?\bon conflict(?:\s*\(([^)]*)\))?/.exec(sql) ?? [];
    const by = spreads.find((spread) => spread.table === table)?.by;
    return target !== undefined && by !== undefined && !target.split(/,\s*/).includes(by);
  },
  'a value for a conflict that each server would compute': (sql) =>
    /\bon conflict\b[^]*\bdo update\b[^]*?(= default\b|\b(now|clock_timestamp|random|nextval|gen_random_uuid)\(| - interval )/.test(
      sql.replace(/\breturning\b[^]*$/, ''),
    ),
  'something returned of a change that each server would compute': (sql) =>
    /\breturning\b(?:[^()]|\([^()]*\)|\()*?\b(now|clock_timestamp|random|nextval|(row_)?to_jsonb?)\(/.test(
      sql,
    ),
  'another place for a row': (sql, spreads) =>
    spreads.some(({ table, by }) =>
      new RegExp(
        `\\bupdate ${table}\\b(?:(?!\\bwhere\\b)[^])*\\bset\\b(?:(?!\\bwhere\\b)[^])*\\b${by} =`,
      ).test(sql),
    ),
  'a change within a statement that changes or reads what lies elsewhere': (sql, spreads) =>
    /\bas (materialized )?\(\s*(insert|update|delete)\b/.test(sql) &&
    new Set(spreadIn(sql, spreads).map(({ by }) => by)).size > 1,
  'a question for each row of another one, whose server is not known': (sql, spreads) =>
    (/\blateral\b/.test(sql) || /,\s*\(\s*select\b[^]*\bunnest\(/.test(sql)) &&
    spreadIn(sql, spreads).some((spread) => spread.by !== undefined && !namesKey(sql, spread)),
  'a part that is kept apart from the rest, which is fetched whole': (sql) => /\boffset 0\b/.test(sql),
};

/** What is wrong with a statement for a cluster over which tables are spread like that. */
export function clusterFaults(sql: string, spreads: readonly Spread[]): string[] {
  const plain = sql.replace(/--.*/g, '').toLowerCase();
  return Object.entries(clusterRules).flatMap(([fault, breaks]) => (breaks(plain, spreads) ? [fault] : []));
}

/** The tables that a statement names and that are spread, each with its column. */
function spreadIn(sql: string, spreads: readonly Spread[]): Spread[] {
  return spreads.filter(
    ({ table, by }) => by !== undefined && new RegExp(`\\b(from|join|into|update)\\s+${table}\\b`).test(sql),
  );
}

/** Whether the statement says by a parameter where the rows are. */
function namesKey(sql: string, { by }: Spread): boolean {
  return new RegExp(`\\b${by} = \\$\\d`).test(sql);
}
