#!/usr/bin/env bash
# Measures Minikom side by side with its yardsticks and prints the table of docs/performance.md.
#   --rounds N   alternated rounds that count (5)
#   --seconds N  length of each measurement that is bounded by time (6)
#   --only TEXT  only the rows whose name contains it; --list prints the names
# Counterparts are Debian packages: wrk, influxdb, victoria-metrics. A row without its counterpart is skipped. Traffic goes to this machine's loopback only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
exec node dist/cmd/bench/main.js "$@"
