import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

// Compiled files lie in dist/internal/metrics/.
const project = fileURLToPath(new URL('../../../', import.meta.url));
const prometheus = join(project, 'deploy/prometheus');
const dashboards = join(project, 'deploy/grafana/dashboards');
const operations = readFileSync(join(project, 'docs/operations.md'), 'utf8');

const rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.object({ expr: z.string() })),
    }),
  ),
});

const alerts = rules
  .parse(parse(readFileSync(join(prometheus, 'alerts.yml'), 'utf8')))
  .groups.flatMap((group) => group.rules);
const boards = readdirSync(dashboards).map((file) =>
  dashboard.parse(JSON.parse(readFileSync(join(dashboards, file), 'utf8'))),
);
const questions = boards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets));

/** Names of ours that an expression asks for, without the ends that a histogram adds. */
function namesIn(expr: string): string[] {
  return [...expr.matchAll(/\bminikom_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
}

describe('what is delivered for Prometheus', () => {
  const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: prometheus, encoding: 'utf8' });
    expect(status, stdout + stderr).to.equal(0);
  };

  it('is a valid configuration, whose alerts fire when they should', function () {
    if (!hasPromtool) this.skip();
    promtool('check', 'config', 'prometheus.yml');
    promtool('test', 'rules', 'alerts.test.yml');
  });

  it('has a test for each alert', () => {
    const tested = readFileSync(join(prometheus, 'alerts.test.yml'), 'utf8');
    for (const { alert } of alerts) expect(tested, alert).to.match(new RegExp(`alertname: ${alert}\\n`));
  });

  it('asks for nothing that /metrics does not tell', () => {
    for (const { alert, expr } of alerts) {
      for (const name of namesIn(expr)) expect(operations, alert).to.include(`\`${name}\``);
    }
  });

  it('says for each alert what to do', () => {
    for (const { alert } of alerts) expect(operations).to.match(new RegExp(`^\\| \`${alert}\` `, 'm'));
  });
});

describe('the dashboards of Grafana', () => {
  it('have panels that do not cover each other', () => {
    for (const { panels, title } of boards) {
      expect(new Set(panels.map(({ id }) => id)).size, title).to.equal(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size, title).to.equal(cells.length);
      for (const { gridPos } of panels) expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
    }
  });

  it('ask for nothing that /metrics does not tell', () => {
    for (const { expr } of questions) {
      for (const name of namesIn(expr)) expect(operations, expr).to.include(`\`${name}\``);
    }
  });

  it('ask what Prometheus understands', function () {
    if (spawnSync('promtool', ['--version']).error !== undefined) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'minikom-dashboards-'));
    const file = join(folder, 'rules.yml');
    const asRules = questions.map(({ expr }, index) => ({
      record: `question:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$service', '.*'),
    }));
    writeFileSync(file, stringify({ groups: [{ name: 'questions', rules: asRules }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(status, stdout + stderr).to.equal(0);
  });
});
