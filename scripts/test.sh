#!/usr/bin/env bash
# Sets up whatever is missing, checks types, lint, import rules and format, and runs all tests.
#   -v   adds a coverage report
# The last line is "N passed, N failed" (", N skipped" may follow); the exit status is 0 only if nothing failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

coverage=
case ${1:-} in
  '') ;;
  -v) coverage=yes ;;
  *) sed -n '2,4s/^# //p' "$0" >&2 && exit 2 ;;
esac

fail() {
  echo '0 passed, 1 failed'
  exit 1
}
(. scripts/prepare.sh) || fail
# Beside the tests, which wait for a good part of their time. What it finds is told behind them; types are built by now.
findings=$(mktemp)
npm run --silent --no-update-notifier check >"$findings" 2>&1 &
check=$!
# The page is tested in a real browser, and what others bring along with the real thing. Without it, those tests say that
# they were skipped. $1 is the program, the others are the packages that bring it; its services are not started.
need() {
  if command -v "$1" >/dev/null || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return; fi
  echo "minikom: installing $1 for the tests" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${@:2}"; } >/dev/null 2>&1 ||
    echo "minikom: $1 could not be installed" >&2
}
need chromium chromium fonts-dejavu-core
# The same with less than half the processor time; not in all of Debian's releases.
need chromium-headless-shell chromium-headless-shell
need pgbouncer pgbouncer
need promtool prometheus
need faketime faketime
need git git
need curl curl

summary=$(mktemp)
trap 'rm -f "$summary" "$findings"; [ -z "$check" ] || kill "$check" 2>/dev/null || true' EXIT
export MINIKOM_TEST_SUMMARY=$summary
status=0
if [ -n "$coverage" ]; then
  node_modules/.bin/c8 --all --src dist --exclude '**/*.test.js' --exclude '**/testing/**' --exclude 'coverage/**' \
    --exclude-after-remap=false --reporter text --reporter html mocha || status=$?
else
  node_modules/.bin/mocha || status=$?
fi
wait "$check" || { status=1 && cat "$findings" >&2; }
check=
# Without a summary mocha did not get to its end.
[ -s "$summary" ] || fail
# All passed, and yet it failed: a check found something, something was left behind, or coverage could not be reported.
[ "$status" = 0 ] || sed -i 's/ passed, 0 failed/ passed, 1 failed/' "$summary"
cat "$summary"
exit "$status"
