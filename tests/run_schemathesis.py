#!/usr/bin/env python3
"""Runs schemathesis against the simulator, with Belvo's description and its known deviations.

Needs `cargo` in PATH, and is run by the Python of an environment that has schemathesis. Exits 0 when at least
2,000 cases were sent, no answer was a 5xx, and every answer had a status, a media type and a body as described.
"""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from belvo_simulator import ROOT, control, simulator

OPENAPI = ROOT / "simulator/openapi"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
CASES = 2000
PLANTED = 600
SEED = 7
# Operations of which at least one case must succeed. The two resumptions need a session that only a second factor
# opens, and a consent needs a link with one: the unit tests have them.
REACHED = ["GET /api/", "GET /api/links/", "GET /api/accounts/", "GET /api/links/{id}/", "DELETE /api/links/{id}/"]
REACHED += ["POST /api/links/", "POST /api/token/", "GET /api/institutions/", "GET /api/consents/"]
REACHED += ["GET /api/accounts/{id}/", "PATCH /api/links/{id}/", "POST /api/links/{id}/refresh/"]
REACHED += ["GET /api/institutions/{id}/", "PUT /api/links/{id}/", "POST /api/accounts/"]


def patched():
    """The description as simulator/src/testing/contract/description.rs patches it, which also checks the patches."""
    document = json.loads((OPENAPI / "belvo-1.223.0.json").read_text())
    for deviation in json.loads((OPENAPI / "deviations.json").read_text()):
        if "at" in deviation:
            *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in deviation["at"].split("/")[1:]]
            place = document
            for part in parents:
                place = place[part]
            place[last] = deviation["is"]
        else:
            for operation in (operation for path in document["paths"].values() for operation in path.values()):
                operation["responses"] = deviation["responses"] | operation["responses"]
    return document


def plant(belvo):
    """Links for the cases to find, change and delete; the same ids in every run."""
    ids = [str(uuid.UUID(int=number, version=4)) for number in range(1, PLANTED + 1)]
    for number, link in enumerate(ids):
        control(belvo, "POST", "/_sim/links", {"id": link, "external_id": f"usr_{number % 50}"})
    return ids


def run(belvo, folder, planted):
    """Runs it; gives its exit code and its report."""
    description = folder / "belvo.json"
    description.write_text(json.dumps(patched()))
    report = folder / "report.json"
    command = [Path(sys.executable).with_name("schemathesis"), "run", description, "--url", belvo]
    command += ["--auth", "sandbox-id:sandbox-password", "--checks", ",".join(CHECKS), "--seed", str(SEED)]
    command += ["--phases", "coverage,fuzzing", "--max-examples", "130", "--request-timeout", "10"]
    command += ["--suppress-health-check", "all", "--generation-database", "none", "--warnings", "off", "--no-color"]
    command += ["--report-json-path", report]
    own = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(ROOT / "tests")}
    own["PLANTED_LINKS"] = ",".join(planted)
    done = subprocess.run(command, cwd=folder, env=os.environ | own, timeout=240, check=False)
    return done.returncode, json.loads(report.read_text())


def accepted(report):
    """How many well-formed cases of each operation got a 2xx."""
    rates = report["valid_rates"].items()
    return {operation: sum(phase["accepted"] for phase in phases.values()) for operation, phases in rates}


def main():
    folder = ROOT / "target/schemathesis"
    folder.mkdir(parents=True, exist_ok=True)
    with simulator("--no-rate-limit") as belvo:
        code, report = run(belvo, folder, plant(belvo))
    if code != 0:
        sys.exit(f"schemathesis ended with {code}")
    sent = report["test_cases"]["generated"]
    well = accepted(report)
    print(f"{sent} cases; accepted: {json.dumps(well)}")
    if sent < CASES:
        sys.exit(f"too few cases: at least {CASES} are wanted")
    never = [operation for operation in REACHED if not well.get(operation)]
    if never:
        sys.exit(f"no case of {never} was accepted: their answers went untested")


if __name__ == "__main__":
    main()
