#!/usr/bin/env bash
# Takes the pictures in docs/images/ anew: starts a service with made-up history, Komobox and the flaky target on this
# machine's loopback, and looks at each view with Chromium (Debian's package; CHROMIUM names another). A minute or so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/prepare.sh
exec node dist/cmd/screenshots/main.js
