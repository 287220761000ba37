#!/usr/bin/env python3
"""Runs schemathesis against the local stack, with our own description, openapi.json.

Needs `cargo` in PATH, and is run by the Python of an environment that has schemathesis. Exits 0 when at least
2,000 cases were sent, no answer was a 5xx, every answer had a status, headers, a media type and a body as described,
what the description allows was taken, and what it forbids was refused.
"""

import contextlib
import itertools
import subprocess
import tempfile
from pathlib import Path

from local_stack import ROOT, addresses, call, connect, local_stack
from schemathesis_run import TESTS, enough, schemathesis

CASES = 2000
PEOPLE = 40
LEAVING = 20
# Operations of which at least one case must succeed.
REACHED = ["GET /openapi.json", "POST /users", "POST /users/{user}/link-sessions", "GET /users/{user}/links"]
REACHED += ["POST /users/{user}/link-sessions/{session_id}/callbacks", "POST /users/{user}/links/{link_id}/claim"]
REACHED += ["DELETE /users/{user}/links/{link_id}", "DELETE /users/{user}", "POST /webhooks/belvo"]


def person(api, belvo, name, logins):
    """A user who has connected an account, has others connected that nobody reported yet, and may claim one."""
    token = f"dev:{name}"
    user = call(f"{api}/users", "POST", token)["external_id"]
    sessions = []
    for _ in range(3):
        session = call(f"{api}/users/me/link-sessions", "POST", token)
        link = connect(belvo, session, f"bnk{next(logins)}")["link"]
        sessions.append({"session_id": session["session_id"], "link": link})
    mine = sessions.pop()
    said = {"type": "success", "link": mine["link"], "institution": "erebor_mx_retail"}
    call(f"{api}/users/me/link-sessions/{mine['session_id']}/callbacks", "POST", token, said)
    planted = call(f"{belvo}/_sim/links", "POST", body={"external_id": user, "username": f"bnk{next(logins)}"})
    return {"token": token, "user": user, "sessions": sessions, "link": mine["link"], "claimable": planted["id"]}


def main():
    subprocess.run(["cargo", "build", "--locked", "--bin", "linkkeeper"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as started:
        folder = Path(name)
        _, printed = local_stack(folder, started, "--no-rate-limit")
        api, belvo = addresses(printed)
        logins = itertools.count(100)
        people = [person(api, belvo, f"person{number}", logins) for number in range(PEOPLE)]
        leaving = [call(f"{api}/users", "POST", f"dev:leaving{number}")["external_id"] for number in range(LEAVING)]
        arguments = ["--config-file", TESTS / "schemathesis_local_stack.toml"]
        arguments += ["--max-examples", "230", "--phases", "examples,coverage,fuzzing,stateful"]
        description = ROOT / "openapi.json"
        planted = {"people": people, "leaving": leaving, "belvo": belvo}
        report = schemathesis(description, api, folder, "schemathesis_local_stack_hooks", planted, arguments)
    enough(report, CASES, REACHED)


if __name__ == "__main__":
    main()
