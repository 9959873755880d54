#!/usr/bin/env bash
# Reads a file of backup.sh into a database that holds nothing, while Minikom is stopped: restore.sh FILE
# The database is that of DATABASE_URL or, without it, the embedded one of DATA_DIR (./data). See docs/operations.md.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/with-database.sh" restore "$@"
