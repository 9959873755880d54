# Sourced by the other scripts, in the project's folder: installs and builds what is missing or has changed.
# Needs nothing but Node.js and npm. What is up to date is left alone, so a second run takes no time.

say() { printf 'minikom: %s\n' "$*" >&2; }

node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null || {
  say "Node.js 20.19 or later is needed, and npm; found: $(node --version 2>/dev/null || echo none)."
  exit 1
}

# A checksum of the contents, not of the times: a fresh clone has new times for old files. What the build writes is not in it.
checksum() { find "$@" -type f ! -path clients/typescript/api.ts -print0 | LC_ALL=C sort -z | xargs -0 cksum | cksum; }

wanted=$(checksum package-lock.json)
if [ "$(cat node_modules/.minikom-installed 2>/dev/null)" != "$wanted" ]; then
  say "installing the packages (this takes a minute the first time)"
  # No package's install script is needed or run.
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2
  printf '%s' "$wanted" >node_modules/.minikom-installed
fi

wanted=$(checksum package.json package-lock.json tsconfig.json cmd internal clients)
if [ "$(cat dist/.minikom-built 2>/dev/null)" != "$wanted" ]; then
  say "building"
  rm -rf dist # what was deleted from the sources must not live on
  npm run --silent --no-update-notifier build >&2
  printf '%s' "$wanted" >dist/.minikom-built
fi
