# Sourced by backup.sh, restore.sh and reset.sh, with what to do and their arguments: runs cmd/backup.

# Relative paths are meant from where the caller stands.
here=$PWD
absolute() { case $1 in /* | - | --* | '') printf '%s' "$1" ;; *) printf '%s/%s' "$here" "$1" ;; esac; }
if [ -n "${DATA_DIR:-}" ]; then DATA_DIR=$(absolute "$DATA_DIR") && export DATA_DIR; fi
file=$(absolute "${2:-}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
exec node --enable-source-maps dist/cmd/backup/main.js "$1" ${file:+"$file"} "${@:3}"
