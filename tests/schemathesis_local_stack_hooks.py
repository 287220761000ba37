"""What schemathesis_local_stack.py adds to the cases that schemathesis makes: tokens, and people, sessions and links that
are there."""

import itertools
import json
import os
import re

import schemathesis
from local_stack import call

PLANTED = json.loads(os.environ["PLANTED"])
PEOPLE, LEAVING = PLANTED["people"], PLANTED["leaving"]
ADMIN = "dev:ops:links:admin"
BELVO = "this-value-is-published-and-protects-nothing"
CODES = ["historical_update", "invalid_credentials", "token_required", "link_deleted", "consent_expired"]
# A document has check digits, which no schema can say; nor that a consent is for no link.
HOLDER = {"cpf": "761.092.776-73", "name": "Ralph Bragg"}
COMPANY = {"cnpj": "11222333000181", "company_name": "Padaria"}
STRANGERS = [None, "dev:", "nonsense"]
NUMBERS = itertools.count()
LINK = re.compile(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")
# Logins that nobody else connects with.
LOGINS = itertools.count(100_000)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Two of three well-formed cases get ids of one person; all get that person's token or an admin's, but for a few
    that come with none that is good."""
    number = next(NUMBERS)
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    linked = case.meta is not None and case.meta.phase.name.value == "stateful"
    person = PEOPLE[0 if linked else number % len(PEOPLE)]  # a chain of calls is one person's
    if positive and isinstance(case.body, dict) and case.body.get("consent_holder"):
        case.body["consent_holder"] = HOLDER | (COMPANY if number % 2 else {})
        case.body.pop("link_id", None)
    if positive and not linked and number % 3:
        settle(case, person, number)
    if linked:
        name_no_unknown_link(case, person)
    if case.operation.label == "DELETE /users/{user}":
        case.path_parameters["user"] = LEAVING[number % len(LEAVING)]  # the others are wanted until the end
    if about_tokens(case):
        return
    token = STRANGERS[number % len(STRANGERS)] if number % 20 == 0 else token_for(case, person)
    case.headers.pop("Authorization", None)
    if token is not None:
        case.headers["Authorization"] = f"Bearer {token}"


def about_tokens(case):
    """Whether the case is about the token itself, and so keeps what it has."""
    return case.meta is not None and getattr(case.meta.phase.data, "parameter", None) == "Authorization"


def token_for(case, person):
    """The token of whoever may ask for this."""
    if case.path == "/webhooks/belvo":
        return BELVO
    user = case.path_parameters.get("user")
    if user == "me":
        return person["token"]
    if user is None:
        return ADMIN if isinstance(case.body, dict) and case.body else person["token"]
    return ADMIN


def name_no_unknown_link(case, person):
    """In a chain of calls, what one of them made must not be unknown to the next (`ensure_resource_availability`). A
    link that nobody made is unknown, and answered so, in whichever session it is named. Other cases name such links;
    a chain names one that is there, or none."""
    if not isinstance(case.body, dict):
        return
    if case.path.endswith("/link-sessions") and LINK.match(str(case.body.get("link_id"))):
        case.body.pop("link_id")
    success = case.path.endswith("/callbacks") and case.body.get("type") == "success"
    if success and LINK.match(str(case.body.get("link"))):
        user = case.path_parameters["user"]
        link = {"external_id": person["user"] if user == "me" else str(user), "username": f"bnk{next(LOGINS)}"}
        case.body["link"] = call(f"{PLANTED['belvo']}/_sim/links", "POST", body=link)["id"]


def settle(case, person, number):
    """Puts ids of this person in the place of those that were made up."""
    parameters, session = case.path_parameters, person["sessions"][number % len(person["sessions"])]
    known = {
        "user": "me" if number % 2 else person["user"],
        "session_id": session["session_id"],
        "link_id": session["link"] if case.method == "DELETE" else person["claimable"],
    }
    for name in parameters.keys() & known.keys():
        parameters[name] = known[name]
    if not isinstance(case.body, dict):
        return
    if case.path == "/webhooks/belvo":
        case.body |= {"link_id": session["link"], "webhook_code": CODES[number % len(CODES)]}
    if case.body.get("type") == "success" and number % 4:
        case.body["link"] = session["link"]
    if "link_id" in case.body and number % 4:
        case.body["link_id"] = person["link"]
