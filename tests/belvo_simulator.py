"""Starts the simulator for the scripts beside this file, and speaks to its control API."""

import contextlib
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def simulator(*arguments):
    """A simulator on a free port; gives its address."""
    subprocess.run(["cargo", "build", "--locked", "--package", "belvo-simulator"], cwd=ROOT, check=True)
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/belvo-simulator"
    process = subprocess.Popen([program, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        address = re.search(r"http://[\d.:]+", line)
        if address is None:
            sys.exit(f"the simulator did not say where it listens: {line!r}")
        yield address[0]
        if process.poll() is not None:
            sys.exit(f"the simulator ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def control(belvo, method, path, body=None):
    """One request to the control API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(belvo + path, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
