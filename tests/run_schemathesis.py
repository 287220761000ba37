#!/usr/bin/env python3
"""Runs schemathesis against the simulator, with Belvo's description and its known deviations.

Needs `cargo` in PATH, and is run by the Python of an environment that has schemathesis. Exits 0 when at least
2,000 cases were sent, no answer was a 5xx, and every answer had a status, a media type and a body as described.
"""

import json
import uuid

from belvo_simulator import ROOT, control, simulator
from schemathesis_run import enough, schemathesis

OPENAPI = ROOT / "simulator/openapi"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
CASES = 2000
PLANTED = 600
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
    """Runs it; gives its report."""
    description = folder / "belvo.json"
    description.write_text(json.dumps(patched()))
    arguments = ["--auth", "sandbox-id:sandbox-password", "--checks", ",".join(CHECKS)]
    arguments += ["--phases", "coverage,fuzzing", "--max-examples", "130"]
    return schemathesis(description, belvo, folder, "schemathesis_hooks", planted, arguments)


def main():
    folder = ROOT / "target/schemathesis"
    folder.mkdir(parents=True, exist_ok=True)
    with simulator("--no-rate-limit") as belvo:
        report = run(belvo, folder, plant(belvo))
    enough(report, CASES, REACHED)


if __name__ == "__main__":
    main()
