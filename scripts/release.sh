#!/usr/bin/env bash
# Makes a release of what is committed: release.sh 1.2.3
# Moves what CHANGELOG.md has under "Unreleased" to the version, writes the version where it belongs, commits, and tags the
# commit. Pushing the tag (git push --follow-tags) has the pipeline publish the image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo 'release.sh: give a version, such as 1.2.3' >&2 && exit 2; }
[ -z "$(git status --porcelain)" ] || { echo 'release.sh: there are changes that are not committed' >&2 && exit 1; }

node - "$version" "$(date -u +%F)" <<'END'
const { readFileSync, writeFileSync } = require('node:fs');
const [, , version, day] = process.argv;
const fail = (why) => { process.stderr.write(`release.sh: ${why}\n`); process.exit(1); };
const change = (file, edit) => writeFileSync(file, edit(readFileSync(file, 'utf8')));
const changelog = readFileSync('CHANGELOG.md', 'utf8');
if (changelog.includes(`\n## ${version} `)) fail(`CHANGELOG.md has ${version} already`);
const [, news] = /\n## Unreleased\n([^]*?)(?=\n## |$)/.exec(changelog) ?? [];
if (news === undefined || news.trim() === '') fail('CHANGELOG.md has nothing under "Unreleased"');
change('CHANGELOG.md', (text) => text.replace('\n## Unreleased\n', `\n## Unreleased\n\n## ${version} (${day})\n`));
change('deploy/helm/minikom/Chart.yaml', (text) => text.replace(/^((?:appV|v)ersion: ).*$/gm, `$1${version}`));
for (const file of ['package.json', 'package-lock.json', 'clients/typescript/package.json']) {
  change(file, (text) => {
    const content = JSON.parse(text);
    content.version = version;
    if (content.packages !== undefined) content.packages[''].version = version;
    return `${JSON.stringify(content, null, 2)}\n`;
  });
}
END
git commit --quiet --all --message "Release $version"
git tag --annotate "v$version" --message "Minikom $version"
echo "released v$version here; git push --follow-tags publishes it" >&2
