#!/usr/bin/env python3
"""Sends what Spark applications write to their event logs, while they run: spark_events.py /var/log/spark-events

Spark writes there with the settings of spark-defaults.conf. The job is the application's name, the run its id. MINIKOM is
where the service is (http://localhost:8080), WRITE_TOKEN a token if it asks for one. It may be ended and started at any
time: what is sent again is stored once. Needs nothing but Python's standard library.
"""
import gzip
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 10
QUIET_SECONDS = 600
RECENT_SECONDS = 86_400
MOST_MESSAGES = 1_000
MOST_BYTES = 4_000_000


class EventLog:
    """The log of one application, from its first line on, whatever was sent of it before."""

    def __init__(self, path):
        self.file = open(path, "rb")  # Stays open when Spark renames it at the end.
        self.rest = b""
        self.job_name = None
        self.run_id = path.name.removesuffix(".inprogress")
        self.latest_ms = 0
        self.waiting = []  # Times and lines that are not sent yet.
        self.message_counter = 0
        self.payload_counter = 0
        self.sent_at = 0.0
        self.is_finished = False

    def read(self):
        """Reads on, and returns whether there was anything."""
        more = self.file.read(MOST_BYTES)
        *lines, self.rest = (self.rest + more).split(b"\n")
        for line in lines:
            event = json.loads(line)
            name = event.get("Event")
            if name == "SparkListenerApplicationStart":
                self.job_name = event["App Name"]
                self.run_id = event.get("App ID") or self.run_id
            self.is_finished = self.is_finished or name == "SparkListenerApplicationEnd"
            # Nothing but the log says when an event was, so that it is the same when it is sent again.
            latest_ms = max([self.latest_ms, *(ms for ms in times_in(event) if isinstance(ms, int))])
            if self.latest_ms == 0:  # What comes before the first time, such as Spark's version, has that time.
                self.waiting = [(latest_ms, earlier) for _, earlier in self.waiting]
            self.latest_ms = latest_ms
            self.waiting.append((latest_ms, line.decode()))
        return more != b""

    def send(self):
        while self.job_name is not None and self.waiting:
            messages, characters = [], 0
            for generated_at, line in self.waiting[:MOST_MESSAGES]:
                if messages and characters + len(line) > MOST_BYTES:
                    break
                characters += len(line)
                messages.append({"message_type": "spark-event", "generated_at": generated_at, "content": line})
            self.post(messages)
            del self.waiting[: len(messages)]

    def beat(self):
        """Says that the run is alive: Spark writes nothing while a stage is long, and nothing when it is killed."""
        quiet_seconds = time.time() - os.fstat(self.file.fileno()).st_mtime
        is_due = time.monotonic() - self.sent_at >= HEARTBEAT_SECONDS
        if self.job_name is not None and is_due and quiet_seconds < QUIET_SECONDS:
            self.post([{"message_type": "heartbeat", "generated_at": time.time_ns() // 1_000_000, "content": ""}])

    def post(self, messages):
        self.message_counter += len(messages)
        self.payload_counter += 1
        counters = {"message_counter": self.message_counter, "payload_counter": self.payload_counter}
        payload = {"job_name": self.job_name, "run_id": self.run_id, "sent_at": time.time_ns() // 1_000_000}
        deliver(gzip.compress(json.dumps({**payload, "counters": counters, "messages": messages}).encode()))
        self.sent_at = time.monotonic()


def times_in(event):
    """When something began or ended, in the places where Spark says so."""
    for part in (event, event.get("Task Info"), event.get("Stage Info")):
        for name in ("Timestamp", "Submission Time", "Launch Time", "Finish Time", "Completion Time", "time"):
            if isinstance(part, dict):
                yield part.get(name)


def deliver(body):
    """Sends until it is acknowledged: only 200 means that it is stored."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    if os.environ.get("WRITE_TOKEN"):
        headers["X-API-Key"] = os.environ["WRITE_TOKEN"]
    endpoint = os.environ.get("MINIKOM", "http://localhost:8080") + "/collect"
    pause = 0.25
    while True:
        retry_after = 0.0
        try:
            with urllib.request.urlopen(urllib.request.Request(endpoint, body, headers), timeout=30):
                return
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500:
                raise SystemExit(error.read().decode())
            retry_after = float(error.headers.get("Retry-After") or 0)
        except OSError:
            pass  # Not reached: it is tried again.
        time.sleep(max(pause, retry_after))
        pause = min(2 * pause, 8.0)


def main():
    folder = pathlib.Path(sys.argv[1])
    begun = {}  # By the file's number, which it keeps when it is renamed.
    while True:
        for path in folder.iterdir():
            try:
                stat = path.stat()
                if path.name.startswith(".") or time.time() - stat.st_mtime > RECENT_SECONDS:
                    continue
                if stat.st_ino not in begun:
                    begun[stat.st_ino] = EventLog(path)
            except FileNotFoundError:
                pass  # Renamed a moment ago: the next look finds it.
        for log in begun.values():
            if log.is_finished:
                continue
            while log.read():
                log.send()
            if log.is_finished:
                log.file.close()
            else:
                log.beat()
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
