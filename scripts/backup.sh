#!/usr/bin/env bash
# Writes all that Minikom holds to a file, as of one moment, while it runs or not: backup.sh FILE
# The database is that of DATABASE_URL or, without it, the embedded one of DATA_DIR (./data). See docs/operations.md.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/with-database.sh" backup "$@"
