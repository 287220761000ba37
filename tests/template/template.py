"""The template as data: its source with CloudFormation's tags as dictionaries, and what SAM makes of it, offline."""

import copy
import json
import logging
import os
import re
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # nothing is asked of it

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent.parent
# Of another library's files, each time it is loaded.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def source() -> dict:
    return yaml_parse(read("template.yaml"))


def expanded(template: dict) -> dict:
    """What CloudFormation would get. Parameters without a default get a value that fits."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    required = {name: "https://issuer.example" for name, of in template["Parameters"].items() if "Default" not in of}
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    return translator.translate(template, required)


def of_type(template: dict, kind: str) -> dict:
    """Properties by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def functions(template: dict) -> dict:
    """Logical id by the name of the crate: that of its folder, in the source."""
    found = of_type(template, "AWS::Serverless::Function")
    return {properties["CodeUri"].removeprefix("functions/"): name for name, properties in found.items()}


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def branches(value) -> list:
    """What a value may be: both sides of a condition."""
    if isinstance(value, dict) and "Fn::If" in value:
        return [one for side in value["Fn::If"][1:] for one in branches(side)]
    return [] if value == {"Ref": "AWS::NoValue"} else [value]


def references(value) -> set:
    """Logical ids and parameters that a value names, wherever in it."""
    if isinstance(value, dict):
        found = set().union(*map(references, value.values())) if value else set()
        if isinstance(value.get("Ref"), str):
            found.add(value["Ref"])
        if "Fn::GetAtt" in value:
            got = value["Fn::GetAtt"]
            found.add(got[0] if isinstance(got, list) else got.split(".")[0])
        if "Fn::Sub" in value:
            text = value["Fn::Sub"]
            text = text[0] if isinstance(text, list) else text
            found.update(name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
        return found
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    return set()


def written(value) -> str:
    return json.dumps(value, sort_keys=True, default=str)
