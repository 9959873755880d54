#!/usr/bin/env bash
# Runs against the containers of docker-compose.yml those tests of the service that need no clock and no settings of
# their own, after `npm run build`; the others run the same program in their own process. Needs Docker.
#   test-compose.sh [--keep]   builds and starts them, and removes them afterwards with their data
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compose=(docker compose)
docker compose version >/dev/null 2>&1 || compose=(docker-compose)
compose+=(--project-name minikom-test --file docker-compose.yml --file deploy/compose/test.yml)

stop() { "${compose[@]}" down --volumes; }
[ "${1:-}" = --keep ] || trap stop EXIT
CHECK_TARGETS='' "${compose[@]}" up --build --detach minikom
until curl --fail --silent --output /dev/null http://127.0.0.1:8080/ready; do sleep 0.2; done

export MINIKOM_TEST_URL=http://127.0.0.1:8080
export MINIKOM_TEST_URL_DATABASE=postgres://minikom:minikom@127.0.0.1:54320/minikom
# These need the clock in their hand, or the bounds as they are by default.
own='no report can be on its way|ongoing until the service is idle|takes an exponent|just too far ahead|until the clock gets'
own+='|may neither write nor read nor load|tells of the last hour|takes fractions and RFC'
node_modules/.bin/mocha --invert --grep "$own" --no-config --enable-source-maps --exit --timeout 60000 \
  --require dist/internal/testing/shared-postgres.js \
  dist/cmd/minikom/{bodies,broken-requests,embeds,get-services,latest-events,openapi,origins,paths-and-methods,post-event,post-event-fields,probes,ready,request-ids,service-names,timelines}.system.test.js
