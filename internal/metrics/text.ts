import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Measure, MeasuredValue, Spread } from '../shards/figures.ts';

/** What the text is, for the header. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Measures as Prometheus reads them. Those of the same name, as several processes have them, are one family; a name
 * means the same wherever it is used.
 */
export function metricsText(measures: readonly Measure[]): Promise<string> {
  const registry = new Registry();
  const families = new Map<string, { readonly measure: Measure; readonly values: MeasuredValue[] }>();
  for (const measure of measures) {
    const family = families.get(measure.name) ?? { measure, values: [] };
    family.values.push(...measure.values);
    families.set(measure.name, family);
  }
  for (const { measure, values } of families.values()) {
    const { name, help, kind } = measure;
    const labelNames = [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))];
    const described = { name, help, labelNames, registers: [registry] };
    if (kind === 'histogram') {
      new Counted(described, values);
    } else if (kind === 'counter') {
      const counter = new Counter(described);
      for (const { labels, value } of values) counter.inc({ ...labels }, value);
    } else {
      const gauge = new Gauge(described);
      for (const { labels, value } of values) gauge.set({ ...labels }, value);
    }
  }
  return registry.metrics();
}

/** A histogram whose values were counted elsewhere. */
class Counted extends Histogram {
  readonly #described: { readonly name: string; readonly help: string };
  readonly #values: readonly MeasuredValue[];

  constructor(
    described: { name: string; help: string; registers: Registry[] },
    values: readonly MeasuredValue[],
  ) {
    super(described);
    this.#described = described;
    this.#values = values;
  }

  /** What the registry asks for to make the text, which otherwise would be of what was observed here. */
  getForPromString(): object {
    const { name, help } = this.#described;
    const values = this.#values.flatMap(({ labels, spread }) =>
      spread === undefined ? [] : linesOf(name, labels, spread),
    );
    return { name, help, type: 'histogram', values };
  }
}

function linesOf(
  name: string,
  labels: MeasuredValue['labels'],
  { bounds, counts, sum }: Spread,
): { metricName: string; labels: object; value: number }[] {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    return { metricName: `${name}_bucket`, labels: { le: bounds[index] ?? '+Inf', ...labels }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ];
}
