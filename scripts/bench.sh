#!/usr/bin/env bash
# Measures Minikom side by side with its yardsticks and prints the table of docs/performance.md.
#   --rounds N   alternated rounds that count (5)
#   --seconds N  length of each measurement (6)
# Needs wrk (Debian package "wrk"). Traffic goes to this machine's loopback only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v wrk >/dev/null || { echo 'bench: wrk is missing (apt-get install wrk)' >&2; exit 1; }
. scripts/prepare.sh
exec node dist/cmd/bench/main.js "$@"
