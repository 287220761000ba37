"""Strips Belvo's own description of its API to the facts: names, types, patterns, limits, and what is required.

    python3 simulator/openapi/strip.py SOURCE.yaml >simulator/openapi/belvo-1.223.0.json
    python3 simulator/openapi/strip.py --check SOURCE.yaml

Belvo's prose and examples are Belvo's and stay out of this repository. With --check nothing is written: the program
fails when the committed file is not what SOURCE gives. Needs PyYAML.
"""

import json
import pathlib
import sys

import yaml

STRIPPED = pathlib.Path(__file__).with_name("belvo-1.223.0.json")
TITLE = "Belvo"
PROSE = {"description", "summary", "title", "example", "examples", "externalDocs", "contact", "tags", "deprecated"}
# Below these keys stand names that Belvo chose: a property called `description` is a fact.
NAMES = {"properties", "schemas", "parameters", "responses", "paths", "headers", "requestBodies", "mapping", "content"}


def facts(value, named=False):
    """`value` without prose. `named`: its keys are names, not words of OpenAPI."""
    if isinstance(value, list):
        return [facts(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        key = str(key)
        prose = key in PROSE or key.startswith("x-")
        if named or not prose:
            kept[key] = facts(inner, named=not named and key in NAMES)
    return kept


def responses_described(document):
    """OpenAPI demands a description at each response: an empty one says nothing."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    places = [operation["responses"] for operation in operations if isinstance(operation, dict)]
    for responses in [*places, document["components"].get("responses", {})]:
        for response in responses.values():
            if "$ref" not in response:
                response["description"] = ""
    return document


def strip(source):
    """The text of the stripped description."""
    document = facts(yaml.load(source, Loader=yaml.CSafeLoader))
    document["info"]["title"] = TITLE
    return json.dumps(responses_described(document), indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def main(arguments):
    check = arguments[:1] == ["--check"]
    (source,) = arguments[1:] if check else arguments
    text = strip(pathlib.Path(source).read_text(encoding="utf-8"))
    if not check:
        sys.stdout.write(text)
    elif text != STRIPPED.read_text(encoding="utf-8"):
        sys.exit(f"{STRIPPED.name} is not what {source} gives: write it anew with {pathlib.Path(__file__).name}")


if __name__ == "__main__":
    main(sys.argv[1:])
