#!/usr/bin/env bash
# Sets up whatever is missing and serves Minikom on http://localhost:8080, in the foreground; Ctrl-C stops it.
# Configuration: environment variables, see docs/configuration.md. Without DATABASE_URL a real PostgreSQL is run in
# DATA_DIR (./data), and what it holds survives restarts.
set -euo pipefail

# A relative DATA_DIR means relative to where the caller stands.
if [ -n "${DATA_DIR:-}" ]; then
  case $DATA_DIR in /*) ;; *) DATA_DIR=$PWD/$DATA_DIR ;; esac
  export DATA_DIR
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh

# What is large is given back to the system when it is freed, see "Memory" in docs/operations.md.
export MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=16777216

say "starting; the log follows, one JSON object a line; watch for \"minikom is ready\""
exec node --enable-source-maps dist/cmd/minikom/main.js
