#!/usr/bin/env python3
"""Drives the simulator with Belvo's own SDK: login, list over several pages, detail, token, update, delete.

Needs `cargo` in PATH and the package belvo-python.
"""

import sys
from collections import Counter

from belvo.client import Client
from belvo.exceptions import BelvoAPIException
from belvo.http import HTTPError

from belvo_simulator import control, simulator

# More than three pages of ten, as the sandbox pages.
PLANTED = 34
BANK = "erebor_mx_retail"


def check(what, expected, observed):
    print(f"{'ok' if expected == observed else 'WRONG':5} {what}: {observed}", flush=True)
    if expected != observed:
        sys.exit(f"{what}: expected {expected}")


def refused(what, exception, action):
    """Checks that `action` fails, and as the SDK tells failures."""
    try:
        action()
    except exception as error:
        print(f"ok    {what}: {error}", flush=True)
        return
    sys.exit(f"{what}: expected {exception.__name__}")


def login(belvo):
    wrong = lambda: Client("sandbox-id", "wrong", belvo)
    refused("login with a wrong password", BelvoAPIException, wrong)
    return Client("sandbox-id", "sandbox-password", belvo)


def lists(client, belvo, planted):
    listed = [link["id"] for link in client.Links.list()]
    check("links over all pages", PLANTED, len(listed))
    check("each planted link is among them once", True, Counter(planted) == Counter(listed))
    requests = control(belvo, "GET", "/_sim/calls")
    check("pages that the SDK asked for", 4, requests["GET /api/links/"])
    one = [link["id"] for link in client.Links.list(external_id="usr_7")]
    check("links of one user", [planted[7]], one)
    check("links of nobody", [], list(client.Links.list(external_id="usr_nobody")))


def detail(client, planted):
    link = client.Links.get(planted[3])
    check("detail", (planted[3], "usr_3", "valid"), (link["id"], link["external_id"], link["status"]))
    unknown = lambda: client.Links.get("00000000-0000-4000-8000-000000000000")
    refused("detail of a link that is not there", HTTPError, unknown)


def token(client, planted):
    made = client.WidgetToken.create(scopes="read_institutions,write_links,read_links")
    check("widget token", ["access", "refresh"], sorted(made))
    update = client.WidgetToken.create(link=planted[0])
    check("widget token of update mode", ["access", "refresh"], sorted(update))


def update(client, belvo):
    made = client.Links.create(BANK, "bnk100", "full", external_id="usr_sdk")
    check("created link", ("valid", "usr_sdk"), (made["status"], made["external_id"]))
    control(belvo, "PATCH", f"/_sim/links/{made['id']}", {"status": "invalid"})
    updated = client.Links.update(made["id"], password="full")
    check("link with new credentials", (made["id"], "valid"), (updated["id"], updated["status"]))
    wrong = client.Links.update(made["id"], password="wrong")
    check("wrong new credentials", ["login_error"], [error["code"] for error in wrong])


def delete(client, planted):
    check("deletion", True, client.Links.delete(planted[5]))
    check("the same deletion again", False, client.Links.delete(planted[5]))
    left = {link["id"] for link in client.Links.list()}
    check("the deleted link is listed", False, planted[5] in left)


def main():
    with simulator() as belvo:
        named = [{"external_id": f"usr_{number}", "username": f"user_{number}"} for number in range(PLANTED)]
        planted = [control(belvo, "POST", "/_sim/links", link)["id"] for link in named]
        client = login(belvo)
        lists(client, belvo, planted)
        detail(client, planted)
        token(client, planted)
        update(client, belvo)
        delete(client, planted)


if __name__ == "__main__":
    main()
