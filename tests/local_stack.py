"""Starts the local stack for the scripts beside this file, and uses it as an app and its user do."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def until(what, seconds, look):
    """Looks until there is something to see."""
    for _ in range(seconds * 10):
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    sys.exit(f"{what} did not come up in {seconds} s")


def local_stack(folder, started, *arguments):
    """Starts the local stack on free ports, to be stopped by `started`; gives the process and what it printed."""
    log = folder / "local.log"
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    command = [target / "debug/linkkeeper", "local", "--port", "0", "--belvo-port", "0"]
    command += ["--data", folder / "data", "--sweep-every", "3600", *arguments]
    process = subprocess.Popen(command, stdout=log.open("w"), stderr=subprocess.STDOUT, cwd=folder)
    started.callback(process.kill)
    until("the local stack", 60, lambda: "Try it:" in log.read_text())
    return process, log.read_text()


def addresses(printed):
    """The addresses of the API and of the simulated Belvo, from what the stack printed."""
    return tuple(re.search(rf"{name} +(http://[\d.:]+)", printed)[1] for name in ("API", "simulated Belvo"))


def call(url, method="GET", token=None, body=None):
    """One request in JSON; gives the answer's body."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def connect(belvo, session, username):
    """Connects an account in the simulated widget; gives what the widget says."""
    wanted = {
        "access_token": session["widget"]["access_token"],
        "external_id": session["widget"]["config"]["external_id"],
        "institution": "erebor_mx_retail",
        "username": username,
        "password": "full",
    }
    return call(f"{belvo}/widget/connect", "POST", body=wanted)
