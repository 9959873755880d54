/**
 * Commands to copy that fill a view, each about one thing by name. `origin` is where the service is; a shell takes them as
 * they are, whatever the name.
 */
export function reportCommand(origin: string, name: string): string {
  return `curl ${origin}/event -d '{"service_name": ${quoted(name)}, "state": "deploy", "timestamp": '$(date +%s)'}'`;
}

export function recordCommand(origin: string, component: string): string {
  const record = `{"Component": ${quoted(component)}, "Environment": "prod", "State": "succeeded", "Timestamp": "'$(date -u +%FT%TZ)'"}`;
  return `curl ${origin}/records -d '{"Records": [${record}]}'`;
}

export function collectCommand(origin: string, job: string): string {
  const message = `{"message_type": "heartbeat", "generated_at": '$(date +%s)'000, "content": ""}`;
  return `curl ${origin}/collect -d '{"job_name": ${quoted(job)}, "run_id": "1", "counters": {"payload_counter": 1}, "messages": [${message}]}'`;
}

/** A text as JSON that stands within a shell's single quotes. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("'", String.raw`'\''`);
}
