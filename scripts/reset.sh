#!/usr/bin/env bash
# Deletes all that Minikom has in its database, while it is stopped: reset.sh --yes
# The database is that of DATABASE_URL or, without it, the embedded one of DATA_DIR (./data). See docs/operations.md.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/with-database.sh" reset "$@"
