import type { ServerResponse } from 'node:http';

import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { withDeadline } from '../database/deadline.ts';
import type { Logger } from './logger.ts';
import { traced } from './traced.ts';

/** A batch that was flushed, and the spans of the requests that waited for it. */
export interface TracedFlush {
  readonly sink: string;
  /** Undefined of the lane that all shards share. */
  readonly shard: number | undefined;
  readonly events: number;
  readonly outcome: string;
  readonly durationMs: number;
  readonly requests: readonly SpanContext[];
}

const STOP_WITHIN_MS = 1000;

/**
 * Spans of requests and of the batches that they wait for, sent over OTLP/HTTP. Names and attributes are those of
 * OpenTelemetry's semantic conventions for HTTP; what else is set (sampler, headers, resource) the SDK reads from the
 * environment by itself.
 */
export class Tracing {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;

  /** `endpoint` is the collector's base URL. */
  constructor(endpoint: string, logger: Logger) {
    const tell = (detail: string) => {
      logger.warn({ detail }, 'traces not delivered');
    };
    const silent = () => undefined;
    diag.setLogger(
      { error: tell, warn: silent, info: silent, debug: silent, verbose: silent },
      { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
    );
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    this.#provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': 'minikom' }))
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.#tracer = this.#provider.getTracer('minikom');
  }

  /**
   * Has a request served within a span of its own, which is below the caller's if there is a valid `traceparent`. `routeOf`
   * is asked at the end, as the route is known only then.
   */
  async serve<Result>(
    response: ServerResponse,
    requestId: string,
    routeOf: () => string | undefined,
    serve: () => Promise<Result>,
  ): Promise<Result> {
    const { method = '', url = '', headers } = response.req;
    const caller = typeof headers.traceparent === 'string' ? parseTraceParent(headers.traceparent) : null;
    const parent =
      caller === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...caller, isRemote: true });
    const attributes = {
      'http.request.method': method,
      'url.path': url.replace(/\?.*/s, ''),
      'minikom.request_id': requestId,
    };
    const span = this.#tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
    try {
      return await (isSampled(span) ? traced.run(span.spanContext(), serve) : serve());
    } finally {
      endServed(span, method, routeOf(), response.statusCode);
    }
  }

  /** Tells of a flush in the trace of the first of its requests, linked to all of them. */
  flushed({ requests, durationMs, ...flush }: TracedFlush): void {
    const [first] = requests;
    if (first === undefined) return;
    const endedAtMs = Date.now();
    const span = this.#tracer.startSpan(
      `flush ${flush.sink}`,
      {
        startTime: endedAtMs - durationMs,
        links: requests.map((context) => ({ context })),
        attributes: {
          'minikom.sink': flush.sink,
          ...(flush.shard !== undefined && { 'minikom.shard': flush.shard }),
          'minikom.events': flush.events,
          'minikom.outcome': flush.outcome,
        },
      },
      trace.setSpanContext(ROOT_CONTEXT, first),
    );
    if (flush.outcome !== 'committed') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endedAtMs);
  }

  /** Sends what is left, for a second at most: a collector that hangs holds nobody up. */
  async stop(): Promise<void> {
    await withDeadline(this.#provider.shutdown(), STOP_WITHIN_MS).catch(() => undefined);
  }
}

function isSampled(span: Span): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

function endServed(span: Span, method: string, route: string | undefined, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (route !== undefined) {
    span.updateName(`${method} ${route}`);
    span.setAttribute('http.route', route);
  }
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
