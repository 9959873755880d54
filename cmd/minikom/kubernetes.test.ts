import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

import { PROBE_PATHS } from '../../internal/frontdoor/own-routes.ts';
import { readConfig, sections } from './configuration.ts';

const labels = z.record(z.string(), z.string());
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.object({
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
  ...{ livenessProbe: probe, readinessProbe: probe, startupProbe: probe },
  resources: z.object({ requests: labels, limits: labels }),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
});
const object = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.literal('minikom'), namespace: z.literal('minikom').optional() }),
  spec: z.unknown().optional(),
});
const deploymentSpec = z.object({
  selector: z.object({ matchLabels: labels }),
  template: z.object({
    metadata: z.object({ labels, annotations: labels }),
    spec: z.object({
      securityContext: z.object({ runAsNonRoot: z.literal(true), runAsUser: z.literal(1000) }),
      terminationGracePeriodSeconds: z.int(),
      containers: z.tuple([container]),
    }),
  }),
});

const models = { CronJob, Deployment, HorizontalPodAutoscaler, Namespace, PodDisruptionBudget, Service };

/** Throws what the schemas of Kubernetes' own API say against an object. */
function validate(value: unknown): void {
  const { kind } = z.object({ kind: z.enum(Object.keys(models) as (keyof typeof models)[]) }).parse(value);
  new models[kind](value as never).validate();
}

const documentsOf = (path: string) =>
  parseAllDocuments(readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8'));

describe('examples/cronjob.yaml', () => {
  it('is what Kubernetes takes', () => {
    const documents = documentsOf('examples/cronjob.yaml');
    expect(documents).not.to.be.empty;
    for (const document of documents) validate(document.toJS());
  });
});

describe('deploy/kubernetes/minikom.yaml', () => {
  const documents = documentsOf('deploy/kubernetes/minikom.yaml');
  const objects = documents.map((document) => object.parse(document.toJS()));
  const specOf = (kind: string): unknown => objects.find((one) => one.kind === kind)?.spec;
  const deployment = deploymentSpec.parse(specOf('Deployment'));
  const pod = deployment.template.spec;
  const [minikom] = pod.containers;
  const environment = Object.fromEntries(minikom.env.map(({ name, value }) => [name, value]));

  it('has all that is needed, in a namespace of its own', () => {
    for (const document of documents) expect([...document.errors, ...document.warnings]).to.deep.equal([]);
    expect(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).to.deep.equal([
      ...['v1 Namespace', 'apps/v1 Deployment', 'v1 Service', 'policy/v1 PodDisruptionBudget'],
      'autoscaling/v2 HorizontalPodAutoscaler',
    ]);
    for (const { kind, metadata } of objects) {
      expect(metadata.namespace, kind).to.equal(kind === 'Namespace' ? undefined : 'minikom');
    }
  });

  it('is what Kubernetes takes', () => {
    for (const document of documents) validate(document.toJS());
    const made: unknown = documents[1]?.toJS();
    const wrong: unknown = JSON.parse(JSON.stringify(made).replace('"containerPort"', '"port"'));
    expect(() => validate(wrong)).to.throw('containerPort');
  });

  it('selects the pods that it makes', () => {
    const own = deployment.template.metadata.labels;
    const service = z.object({ type: z.literal('NodePort'), selector: labels }).parse(specOf('Service'));
    const budget = z
      .object({ selector: z.object({ matchLabels: labels }) })
      .parse(specOf('PodDisruptionBudget'));
    for (const selector of [deployment.selector.matchLabels, service.selector, budget.selector.matchLabels]) {
      expect(own).to.include(selector);
    }
  });

  it('sets only what the service knows, to what it takes', () => {
    const known = sections.flatMap(({ shape }) => Object.keys(shape));
    expect(known).to.include.members(Object.keys(environment));
    const config = readConfig(environment);
    expect(config.ADMIN_PORT).to.equal(8081);
    expect(deployment.template.metadata.annotations['prometheus.io/port']).to.equal('8081');
    const stopMs = config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_TIMEOUT_MS;
    expect(pod.terminationGracePeriodSeconds * 1000).to.be.above(stopMs);
  });

  it('probes what is served, on ports that there are', () => {
    const ports = new Map(minikom.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(ports.get('http')).to.equal(readConfig({}).PORT);
    for (const { httpGet } of [minikom.livenessProbe, minikom.readinessProbe, minikom.startupProbe]) {
      expect(PROBE_PATHS).to.include(httpGet.path);
      expect(ports.get(httpGet.port)).to.equal(8081);
    }
  });
});
