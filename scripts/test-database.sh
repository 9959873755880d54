#!/usr/bin/env bash
# Runs the tests of all SQL on a PostgreSQL that runs already, of any version from 14 on, after `npm run build`:
#   test-database.sh postgres://superuser:password@host/database
# or on a Citus cluster, whose coordinator comes first, and then its nodes:
#   test-database.sh postgres://superuser@coordinator/database postgres://superuser@node1/database postgres://superuser@node2/database
# There it is the whole suite of whatever has a database, in about half an hour.
# Makes databases of its own there, and drops them. SQL_TESTS: the files to run, if not all of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
server=${1:?the URL of a database, whose user may create others}
nodes=$(shift && IFS=, && echo "$*")

# What tests clone their databases from: shared-postgres.ts finds it where it is told of the server.
node --input-type=module - "$@" <<'END'
import pg from 'pg';
import { features } from './dist/cmd/minikom/features.js';
import { migrate } from './dist/internal/database/migrate.js';
import { pipelineClaims } from './dist/internal/pipeline/claims.js';
import { createLogger } from './dist/internal/telemetry/logger.js';
const servers = process.argv.slice(2);
const isCluster = servers.length > 1;
const databaseOf = (server, name) => new URL(`/${name}`, server);
async function run(server, ...statements) {
  const client = new pg.Client({ connectionString: String(server) });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
/** Makes a database on each server that others are cloned from. */
async function makeTemplate(name, from, fill) {
  for (const server of servers) {
    await run(server, `drop database if exists ${name} with (force)`, `create database ${name} template ${from}`);
  }
  await fill(servers.map((server) => databaseOf(server, name)));
  // What is connected to cannot be cloned, and a cluster's own process would come back.
  for (const server of servers) {
    await run(server, `alter database ${name} allow_connections false`);
    await run(server, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`);
  }
}
const address = (server) => `'${new URL(server).hostname}', ${new URL(server).port || 5432}`;
if (isCluster) {
  await makeTemplate('minikom_nodes', 'template1', async ([coordinator, ...nodes]) => {
    for (const server of [coordinator, ...nodes]) await run(server, 'create extension citus');
    await run(coordinator, `select citus_set_coordinator_host(${address(coordinator)})`);
    await run(coordinator, ...nodes.map((node) => `select citus_add_node(${address(node)})`));
  });
}
const claims = await Promise.all([pipelineClaims, ...features.map(async (feature) => (await feature.claims?.()) ?? {})]);
const spreads = claims.flatMap(({ tables = [] }) => tables);
await makeTemplate('minikom_template', isCluster ? 'minikom_nodes' : 'template1', async ([coordinator]) => {
  // Few shards are made quickly, and show as much as many.
  if (isCluster) await run(coordinator, 'alter database minikom_template set citus.shard_count = 4');
  await migrate(String(coordinator), 10_000, createLogger('silent'), isCluster ? spreads : undefined);
});
END
tests=(
  'dist/internal/{deployments,events,jobs,services,checks}/**/*.db.test.js'
  dist/internal/database/{copy,housekeeper,migrate,pool,sqlstate,transaction}.db.test.js
  dist/cmd/minikom/{archive,exactness,vectors,get-events,idempotency,job-events,deployments-get}.system.test.js
)
# All that the cluster can be given to: the others run a PostgreSQL of their own.
[ -z "$nodes" ] || tests=(
  --ignore 'dist/internal/database/embedded/**' --ignore 'dist/internal/chaos/faults.*'
  'dist/internal/**/*.{db,system}.test.js' 'dist/cmd/**/*.system.test.js' dist/clients/typescript/client.system.test.js
)
[ -z "${SQL_TESTS:-}" ] || read -ra tests <<<"$SQL_TESTS"
MINIKOM_TEST_POSTGRES=$server MINIKOM_TEST_NODES=$nodes exec node_modules/.bin/mocha --no-config --enable-source-maps \
  --exit --timeout 120000 --require dist/internal/testing/shared-postgres.js "${tests[@]}"
