#!/bin/sh
# Reports the state of a service with curl: report.sh web deploy
# MINIKOM is where the service is (http://localhost:8080), WRITE_TOKEN a token if it asks for one.
set -eu
body=$(printf '{"service_name":"%s","state":"%s","timestamp":%s}' "$1" "$2" "$(date +%s)")
set -- --silent --show-error --fail-with-body --data "$body" "${MINIKOM:-http://localhost:8080}/event"
[ -z "${WRITE_TOKEN:-}" ] || set -- --header "Authorization: Bearer $WRITE_TOKEN" "$@"
# What is answered 503 or 429 was not stored for sure: the same again is safe. curl heeds Retry-After.
exec curl --retry 5 --retry-connrefused --max-time 10 "$@"
