import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { migrationsFolder } from './migrate.ts';
import { actionsOf, statementsOf } from './sql-file.ts';

describe('the statements of a text', () => {
  it('end at semicolons, and nowhere else', () => {
    expect(
      statementsOf(`
        -- a; b
        select ';' as "x;y", 'it''s;' -- c;
        ;
        do $$ begin perform 1; end $$;
        create function f() returns text language plpgsql as $body$ begin return '$$;'; end $body$;
        select 1 - 2, $1`),
    ).to.deep.equal([
      `select ';' as "x;y", 'it''s;'`,
      'do $$ begin perform 1; end $$',
      `create function f() returns text language plpgsql as $body$ begin return '$$;'; end $body$`,
      'select 1 - 2, $1',
    ]);
  });

  it('are all that migrations consist of, each begun by a word', async () => {
    for (const file of await readdir(migrationsFolder)) {
      const { up, down } = actionsOf(await readFile(join(migrationsFolder, file), 'utf8'));
      expect(up, file).to.not.be.empty;
      for (const statement of [...up, ...down]) {
        expect(statement, file).to.match(/^(create|alter|drop|insert|update|delete|select|do) /);
      }
    }
  });
});
