#!/usr/bin/env python3
"""Reports the state of a service once a second while it lasts, with Python's standard library: agent.py web deploy 10

MINIKOM is where the service is (http://localhost:8080), WRITE_TOKEN a token if it asks for one.
"""
import json
import os
import sys
import time
import urllib.error
import urllib.request


def report(service_name, state, timestamp):
    """Sends until it is acknowledged: only 200 means that it is stored, and sending it twice changes nothing."""
    headers = {"Content-Type": "application/json"}
    if os.environ.get("WRITE_TOKEN"):
        headers["Authorization"] = "Bearer " + os.environ["WRITE_TOKEN"]
    body = json.dumps({"service_name": service_name, "state": state, "timestamp": timestamp}).encode()
    endpoint = os.environ.get("MINIKOM", "http://localhost:8080") + "/event"
    pause = 0.25
    while True:
        retry_after = 0.0
        try:
            request = urllib.request.Request(endpoint, data=body, headers=headers, method="POST")
            with urllib.request.urlopen(request, timeout=10):
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
    service_name, state, seconds = (sys.argv[1:] + ["web", "deploy", "10"][len(sys.argv) - 1:])[:3]
    for second in range(int(seconds)):
        if second > 0:
            time.sleep(1)
        report(service_name, state, int(time.time()))


if __name__ == "__main__":
    main()
