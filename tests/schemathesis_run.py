"""Runs schemathesis for the scripts beside this file, by the Python of the environment that has it."""

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
SEED = 7
SECONDS = 600


def schemathesis(description, url, folder, hooks, planted, arguments):
    """Holds what answers at `url` against its description. `hooks` is a module that is told what was `planted`. Gives
    the report, and exits when a check failed."""
    report = folder / "report.json"
    program = Path(sys.executable).with_name("schemathesis")
    given, flags = (arguments[:2], arguments[2:]) if arguments[0] == "--config-file" else ([], arguments)
    command = [program, *given, "run", description, "--url", url, *flags, "--seed", str(SEED)]
    command += ["--request-timeout", "10", "--suppress-health-check", "all", "--generation-database", "none"]
    command += ["--warnings", "off", "--no-color", "--report-json-path", report]
    own = {"SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(TESTS), "PLANTED": json.dumps(planted)}
    done = subprocess.run(command, cwd=folder, env=os.environ | own, timeout=SECONDS, check=False)
    if done.returncode != 0:
        sys.exit(f"schemathesis ended with {done.returncode}")
    return json.loads(report.read_text())


def enough(report, cases, reached):
    """Exits when there were fewer cases, or when an operation was reached by none that got a 2xx."""
    sent = report["test_cases"]["generated"]
    rates = report["valid_rates"].items()
    accepted = {operation: sum(phase["accepted"] for phase in phases.values()) for operation, phases in rates}
    print(f"{sent} cases; accepted: {json.dumps(accepted)}")
    if sent < cases:
        sys.exit(f"too few cases: at least {cases} are wanted")
    never = [operation for operation in reached if not accepted.get(operation)]
    if never:
        sys.exit(f"no case of {never} was accepted: their answers went untested")
