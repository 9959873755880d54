#!/usr/bin/env bash
# Measures Minikom side by side with its yardsticks and prints the table of docs/performance.md.
#   --rounds N   alternated rounds that count (5)
#   --seconds N  length of each measurement that is bounded by time (6)
#   --only TEXT  only the rows whose name contains it; --list prints the names
# Counterparts are Debian packages: wrk, influxdb, victoria-metrics. A row without its counterpart is skipped. Traffic goes to this machine's loopback only.
#   --page [--minutes 10] [--services 10000] [--rate 5000]  instead watches the dashboard in Chromium meanwhile
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
if [ "${1:-}" = --page ]; then
  shift
  exec node dist/cmd/endurance/main.js "$@"
fi
exec node dist/cmd/bench/main.js "$@"
