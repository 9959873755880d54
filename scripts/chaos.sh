#!/usr/bin/env bash
# Breaks the real service and a PostgreSQL of its own, and looks whether anything that was acknowledged is gone.
#   --only NAME,…  only these faults; --list prints them
#   --minutes N    how long each fault is repeated; --rounds N: how often at most (3)
#   --cluster URL,… a Citus cluster on this machine that is there to be broken, for the faults that need one
#   --seed N       makes the same load and the same choices again
# --help tells the rest, docs/reliability.md what came of it. Traffic goes to this machine's loopback only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
exec node dist/cmd/chaos/main.js "$@"
