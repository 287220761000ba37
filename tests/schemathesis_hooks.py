"""What run_schemathesis.py adds to the cases that schemathesis makes: ids of links that are there, and logins that work."""

import json
import os

import schemathesis
from hypothesis import strategies

PLANTED = json.loads(os.environ["PLANTED"])
LOGIN = {"institution": "erebor_mx_retail", "password": "full"}
KEYS = {"id": "sandbox-id", "password": "sandbox-password", "scopes": "read_institutions,write_links,read_links"}
# What makes a made-up body one that is accepted.
RIGHT = {
    ("POST", "/api/links/"): LOGIN,
    ("POST", "/api/token/"): KEYS,
    ("PUT", "/api/links/{id}/"): {"password": LOGIN["password"]},
    ("POST", "/api/accounts/"): {"link": PLANTED[0]},
}
# The institutions count from 1001; a few of these numbers are not taken.
INSTITUTIONS = [str(number) for number in range(1001, 1025)]


@schemathesis.hook
def flatmap_path_parameters(context, path_parameters):
    """Two of three cases get an id that means something, the third keeps what was made up."""
    if not isinstance(path_parameters, dict) or "id" not in path_parameters:
        return strategies.just(path_parameters)
    known = INSTITUTIONS if context.operation.path.startswith("/api/institutions/") else PLANTED
    found = strategies.sampled_from(known).map(lambda one: path_parameters | {"id": one})
    return strategies.one_of(found, found, strategies.just(path_parameters))


@schemathesis.hook
def flatmap_body(context, body):
    """Half of the bodies have a login that works, the right keys, or a link that is there."""
    right = RIGHT.get((context.operation.method.upper(), context.operation.path))
    if right is None or not isinstance(body, dict):
        return strategies.just(body)
    return strategies.sampled_from([body, body | right])
