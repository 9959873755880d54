import { serviceUrl } from '../data/service-url.ts';

/** Commands to copy that fill a view, each about one thing by name: a shell takes them as they are, whatever it is. */
export function reportCommand(name: string): string {
  return `curl ${serviceUrl('/event')} -d '{"service_name": ${quoted(name)}, "state": "deploy", "timestamp": '$(date +%s)'}'`;
}

export function recordCommand(component: string): string {
  const record = `{"Component": ${quoted(component)}, "Environment": "prod", "State": "succeeded", "Timestamp": "'$(date -u +%FT%TZ)'"}`;
  return `curl ${serviceUrl('/records')} -d '{"Records": [${record}]}'`;
}

export function collectCommand(job: string): string {
  const message = `{"message_type": "heartbeat", "generated_at": '$(date +%s)'000, "content": ""}`;
  return `curl ${serviceUrl('/collect')} -d '{"job_name": ${quoted(job)}, "run_id": "1", "counters": {"payload_counter": 1}, "messages": [${message}]}'`;
}

/** A text as JSON that stands within a shell's single quotes. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("'", String.raw`'\''`);
}
