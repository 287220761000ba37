"""What run_schemathesis.py adds to the cases that schemathesis makes: ids of links that are there, and logins that work."""

import os

import schemathesis
from hypothesis import strategies

PLANTED = os.environ["PLANTED_LINKS"].split(",")
# The institutions count from 1; a few of these numbers are not taken.
LOGIN = {"institution": "erebor_mx_retail", "password": "full"}
KEYS = {"id": "sandbox-id", "password": "sandbox-password", "scopes": "read_institutions,write_links,read_links"}
INSTITUTIONS = [str(number) for number in range(1, 25)]


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
    """Half of the new links have a login that works, and half of the tokens the right keys."""
    right = {"/api/links/": LOGIN, "/api/token/": KEYS}.get(context.operation.path)
    if right is None or context.operation.method.upper() != "POST" or not isinstance(body, dict):
        return strategies.just(body)
    return strategies.sampled_from([body, body | right])
