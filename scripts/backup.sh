#!/usr/bin/env bash
# Writes all that Minikom holds to a file, as of one moment, while it runs or not: backup.sh FILE
# The database is that of DATABASE_URL or, without it, the embedded one of DATA_DIR (./data). See docs/operations.md.
set -euo pipefail

# Relative paths are meant from where the caller stands.
here=$PWD
absolute() { case $1 in /* | - | --* | '') printf '%s' "$1" ;; *) printf '%s/%s' "$here" "$1" ;; esac; }
if [ -n "${DATA_DIR:-}" ]; then DATA_DIR=$(absolute "$DATA_DIR") && export DATA_DIR; fi
file=$(absolute "${1:-}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
exec node --enable-source-maps dist/cmd/backup/main.js backup ${file:+"$file"} "${@:2}"
