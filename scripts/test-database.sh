#!/usr/bin/env bash
# Runs the tests of all SQL on a PostgreSQL that runs already, of any version from 14 on, after `npm run build`:
#   test-database.sh postgres://superuser:password@host/database
# Makes databases of its own there, and drops them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
server=${1:?the URL of a database, whose user may create others}

# What tests clone their databases from: shared-postgres.ts finds it where it is told of the server.
node --input-type=module - "$server" <<'END'
import pg from 'pg';
import { migrate } from './dist/internal/database/migrate.js';
import { createLogger } from './dist/internal/telemetry/logger.js';
const [, , server] = process.argv;
const client = new pg.Client({ connectionString: server });
await client.connect();
await client.query('drop database if exists minikom_template');
await client.query('create database minikom_template');
await client.end();
const template = new URL(server);
template.pathname = '/minikom_template';
await migrate(template.href, 10_000, createLogger('silent'));
END
MINIKOM_TEST_POSTGRES=$server exec node_modules/.bin/mocha --no-config --enable-source-maps --exit --timeout 120000 \
  --require dist/internal/testing/shared-postgres.js 'dist/internal/{deployments,events,jobs,services,checks}/**/*.db.test.js' \
  dist/internal/database/{copy,housekeeper,migrate,pool,sqlstate,transaction}.db.test.js \
  dist/cmd/minikom/{exactness,vectors,get-events,idempotency,job-events,deployments-get}.system.test.js
