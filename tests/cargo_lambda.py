#!/usr/bin/env python3
"""Runs every function under cargo lambda, on its events, against the local stack.

Needs `cargo` and `cargo-lambda` in PATH (pip install cargo-lambda). Exits 0 when every event got the status
that events/expected.json promises, and when the whole loop (session, widget, callback, sweep) went through
the function binaries.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from local_stack import ROOT, connect, local_stack, until

EVENTS = ROOT / "events"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def emulator(port, exports, folder, started):
    """Starts cargo lambda on loopback (its default is every interface)."""
    command = ["cargo", "lambda", "watch", "-A", "127.0.0.1", "-P", str(port), "--ignore-changes"]
    log = (folder / "watch.log").open("w")
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env=os.environ | exports, start_new_session=True
    )
    started.callback(process.wait, 30)
    started.callback(os.killpg, process.pid, signal.SIGINT)
    until("cargo lambda watch", 120, lambda: answers(port))


def invoke(port, function, file):
    command = ["cargo", "lambda", "invoke", "-A", "127.0.0.1", "-P", str(port), "--data-file", file, function]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        sys.exit(f"{function} on {file}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def check(what, expected, observed):
    print(f"{'ok' if expected == observed else 'WRONG':5} {what}: {observed}", flush=True)
    if expected != observed:
        sys.exit(f"{what}: expected {expected}")


def event_bus(started):
    """An EventBridge on loopback that takes everything; gives its address and what it was told."""
    told = []

    class Bus(BaseHTTPRequestHandler):
        def do_POST(self):
            entries = json.loads(self.rfile.read(int(self.headers["content-length"])))["Entries"]
            told.extend(entry["DetailType"] for entry in entries)
            taken = [{"EventId": str(number)} for number, _ in enumerate(entries)]
            body = json.dumps({"FailedEntryCount": 0, "Entries": taken}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.1")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    bus = HTTPServer(("127.0.0.1", 0), Bus)
    threading.Thread(target=bus.serve_forever, daemon=True).start()
    started.callback(bus.shutdown)
    return f"http://127.0.0.1:{bus.server_port}", told


def every_batch(port, told):
    """Each batch of the table's stream: what is told of it, and that none of it comes again."""
    for case, types in [
        ("filed", ["user.registered", "session.opened", "link.bound"]),
        ("other-changes", []),
        ("unreadable", []),
    ]:
        told.clear()
        answer = invoke(port, "publish-events", EVENTS / f"publish-events/{case}.json")
        check(f"publish-events/{case}", (types, []), (list(told), answer["batchItemFailures"]))


def every_event(port):
    for case in json.loads((EVENTS / "expected.json").read_text())["expected"]:
        function = case["event"].split("/")[0]
        answer = invoke(port, function, EVENTS / f"{case['event']}.json")
        check(case["event"], case["status"], answer["statusCode"])


def whole_loop(port, belvo, folder):
    """A session, the widget, the callback twice, the list and a sweep: all through the function binaries."""
    opened = invoke(port, "user-links", EVENTS / "user-links/open-session.json")
    session = json.loads(opened["body"])
    said = connect(belvo, session, "bnk100")
    event = json.loads((EVENTS / "widget-callback/success.json").read_text())
    path = f"/users/me/link-sessions/{session['session_id']}/callbacks"
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["body"] = json.dumps(said)
    file = folder / "success.json"
    file.write_text(json.dumps(event))
    check("callback of a new link", 201, invoke(port, "widget-callback", file)["statusCode"])
    check("the same callback again", 200, invoke(port, "widget-callback", file)["statusCode"])
    listed = invoke(port, "user-links", EVENTS / "user-links/connected-accounts.json")
    check("connected accounts", [said["link"]], [link["link_id"] for link in json.loads(listed["body"])["links"]])
    every_sweep(port)
    followed = invoke(port, "follow-up", EVENTS / "follow-up/schedule.json")
    check("webhooks that cannot be read, found by the follow-up", 1, followed["WebhooksDead"])
    disconnected(port, said["link"], folder)


def disconnected(port, link, folder):
    """The user disconnects. Deletion is off, so that the link waits for an operator to switch it on."""
    event = json.loads((EVENTS / "user-links/disconnect.json").read_text())
    path = f"/users/me/links/{link}"
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    file = folder / "disconnect.json"
    file.write_text(json.dumps(event))
    check("disconnect", 202, invoke(port, "user-links", file)["statusCode"])
    run = invoke(port, "delete-links", EVENTS / "delete-links/schedule.json")
    # the imported user who is erased, and this link
    check("delete-links while deletion is off", (0, 2), (run["asked"], run["held_back"]))


def every_sweep(port):
    """Each event of the schedule; what was swept a moment ago is not due, and is swept when it is asked for."""
    for case, outcome in [("schedule", "finished"), ("schedule", "nothing_due"), ("full", "finished")]:
        answer = invoke(port, "reconcile", EVENTS / f"reconcile/{case}.json")
        check(f"reconcile/{case}", outcome, answer["outcome"])
    report = answer["report"]
    check("links in the sweep's report", (1, 1, {}), (report["listed"], report["known"], report["actions"]))
    for case in ["recent", "window", "user"]:
        check(f"reconcile/{case}", "finished", invoke(port, "reconcile", EVENTS / f"reconcile/{case}.json")["outcome"])


def main():
    subprocess.run(["cargo", "build", "--workspace", "--bins"], cwd=ROOT, check=True)  # as `cargo test` builds them
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as started:
        folder = Path(name)
        port = free_port()
        stack, printed = local_stack(folder, started, "--dynamodb-port", "0")
        exports = dict(re.findall(r"export (\w+)='([^']*)'", printed))
        bus, told = event_bus(started)
        emulator(port, exports | {"EVENT_BUS": "default", "AWS_ENDPOINT_URL_EVENTBRIDGE": bus}, folder, started)
        try:
            every_event(port)
            every_batch(port, told)
            whole_loop(port, exports["BELVO_API_URL"], folder)
            stack.send_signal(signal.SIGINT)
            check("the local stack's exit code after Ctrl-C", 0, stack.wait(30))
        except BaseException:
            print((folder / "watch.log").read_text(), file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
