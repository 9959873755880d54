#!/usr/bin/env bash
# Deletes all that Minikom has in its database, while it is stopped: reset.sh --yes
# The database is that of DATABASE_URL or, without it, the embedded one of DATA_DIR (./data). See docs/operations.md.
set -euo pipefail

# Relative paths are meant from where the caller stands.
here=$PWD
absolute() { case $1 in /* | - | --* | '') printf '%s' "$1" ;; *) printf '%s/%s' "$here" "$1" ;; esac; }
if [ -n "${DATA_DIR:-}" ]; then DATA_DIR=$(absolute "$DATA_DIR") && export DATA_DIR; fi
file=$(absolute "${1:-}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
exec node --enable-source-maps dist/cmd/backup/main.js reset ${file:+"$file"} "${@:2}"
