"""What schemathesis_local_stack.py adds to the cases that schemathesis makes: tokens, and people, sessions and links that
are there."""

import itertools
import json
import os

import schemathesis

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
