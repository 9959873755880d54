import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

import { sections } from './configuration.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const chart = `${project}deploy/helm/minikom`;
const tree = z.record(z.string(), z.unknown());
const values = tree.parse(parse(readFileSync(`${chart}/values.yaml`, 'utf8')));
const templates = readdirSync(`${chart}/templates`).map((file) => ({
  file,
  text: readFileSync(`${chart}/templates/${file}`, 'utf8'),
}));

/** What values.yaml has, as `a.b`; what users fill with what they like is one value. */
function pathsOf(branch: Readonly<Record<string, unknown>>, above = ''): string[] {
  return Object.entries(branch).flatMap(([name, value]) => {
    const below = tree.safeParse(value);
    return below.success && Object.keys(below.data).length > 0 && name !== 'resources'
      ? pathsOf(below.data, `${above}${name}.`)
      : [`${above}${name}`];
  });
}

/** The YAML that comes of a template where every condition holds, every list has one item, and every value is `x`. */
function withAllOfIt(text: string): string {
  let blocks = 0;
  return text
    .split('\n')
    .filter((line) => !/^\s*\{\{-? (?:if|range|with|end|\$\w+ :?=).*\}\}$/.test(line))
    .map((line) => {
      const [, indentation = '', spaces] = /^(\s*)\{\{- .* nindent (\d+) \}\}$/.exec(line) ?? [];
      if (spaces === undefined) return line.replace(/\{\{.*?\}\}/g, 'x');
      // What is put in is where it looks to be.
      expect(indentation.length, line).to.equal(Number(spaces));
      return `${indentation}x${blocks++}: y`;
    })
    .join('\n');
}

describe('deploy/helm/minikom', () => {
  const asYaml = templates.filter(({ file }) => file.endsWith('.yaml'));

  it('names only values that values.yaml has, and all of them', () => {
    const named = new Set(
      templates.flatMap(({ text }) => [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = '']) => path)),
    );
    // These are gone through by a list of their names.
    for (const kind of ['write', 'read', 'badge']) named.add(`tokens.${kind}`);
    expect([...named]).to.have.members(pathsOf(values));
  });

  it('closes what it opens', () => {
    for (const { file, text } of templates) {
      const opened = text.match(/\{\{-? ?(?:if|range|with|define) |\{\{- if/g)?.length ?? 0;
      const closed = text.match(/\{\{-? ?end -?\}\}/g)?.length ?? 0;
      expect(closed, file).to.equal(opened);
      expect(text.match(/\{\{/g)?.length, file).to.equal(text.match(/\}\}/g)?.length);
    }
  });

  it('makes objects of Kubernetes', () => {
    const kinds = asYaml.flatMap(({ file, text }) =>
      parseAllDocuments(withAllOfIt(text)).map((document) => {
        expect([...document.errors, ...document.warnings], file).to.deep.equal([]);
        const object = z.object({ apiVersion: z.string(), kind: z.string(), metadata: tree });
        return object.parse(document.toJS()).kind;
      }),
    );
    expect(kinds).to.have.members([
      ...['Deployment', 'HorizontalPodAutoscaler', 'Ingress', 'PodDisruptionBudget', 'Secret'],
      ...['Service', 'Service', 'ServiceMonitor'],
    ]);
  });

  it('sets only what the service knows', () => {
    const known = sections.flatMap(({ shape }) => Object.keys(shape));
    const { text = '' } = asYaml.find(({ file }) => file === 'deployment.yaml') ?? {};
    const set = [...text.matchAll(/- name: ([A-Z_]+)$/gm)].map(([, name = '']) => name);
    expect(set).to.include('DATABASE_URL').and.have.length.above(8);
    expect(known).to.include.members([...set, 'WRITE_TOKENS_FILE', 'READ_TOKENS_FILE', 'BADGE_TOKENS_FILE']);
  });

  it('is of the version of the package', () => {
    const { version, appVersion } = tree.parse(parse(readFileSync(`${chart}/Chart.yaml`, 'utf8')));
    const { version: own } = tree.parse(JSON.parse(readFileSync(`${project}package.json`, 'utf8')));
    expect([version, appVersion]).to.deep.equal([own, own]);
  });

  it('is what Helm takes', function () {
    const helm = (...args: string[]) =>
      spawnSync('helm', [...args, '--set', 'database.url=postgres://a/b'], { cwd: chart, encoding: 'utf8' });
    const lint = helm('lint', '--strict', '.');
    if (lint.error !== undefined) this.skip();
    expect(lint.status, lint.stdout).to.equal(0);
    expect(helm('template', 'minikom', '.').status).to.equal(0);
  });
});
