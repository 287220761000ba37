"""Everything that must be true of template.yaml, offline: `python tests/template/check.py`, with the tools that .ci/run
installs. Says what is wrong, and exits with 1."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

import access
import running
import template

# What checkov holds against the template, resource by resource, and why it stays.
SKIPS = json.loads(template.read("tests/template/skips.json"))


def broken_rules(source: dict, expanded: dict) -> list:
    return [failure for rule in access.RULES + running.RULES for failure in rule(source, expanded)]


def aliases(text: str) -> list:
    """CloudFormation reads no aliases of YAML: SAM's own tools write them out, and whoever deploys without them cannot."""
    found = [event.start_mark.line + 1 for event in yaml.parse(text) if isinstance(event, yaml.AliasEvent)]
    return [f"template.yaml:{line}: an alias" for line in found]


def unexplained(source: dict, readme: str) -> list:
    """Whoever deploys is asked for parameters: README says of each what to answer."""
    return [f"README.md does not explain {name}" for name in source["Parameters"] if f"`{name}`" not in readme]


def checkov(expanded: dict) -> list:
    """Failures that nobody argued for, and arguments that nothing fails for."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.json"
        file.write_text(json.dumps(expanded, indent=1, default=str), encoding="utf-8")
        tool = Path(sys.executable).parent / "checkov"
        command = [tool, "--file", file, "--framework", "cloudformation", "--output", "json", "--quiet", "--soft-fail"]
        ran = subprocess.run([*map(str, command), "--skip-download"], capture_output=True, text=True, check=True)
    report = json.loads(ran.stdout)
    if report["summary"]["resource_count"] < 20 or report["summary"]["parsing_errors"]:
        return ["checkov did not read the template"]
    failed = {(check["check_id"], check["resource"].split(".")[1]): check["check_name"] for check in report["results"]["failed_checks"]}
    argued = {
        (check, resource)
        for check, of in SKIPS.items()
        for resource in of.get("resources") or template.of_type(expanded, of["type"])
        if len(of["why"]) > 40
    }
    new = [f"checkov: {check} {resource}: {name}" for (check, resource), name in failed.items() if (check, resource) not in argued]
    old = [f"skips.json: {check} {resource} does not fail" for check, resource in sorted(argued - set(failed))]
    passed = report["summary"]["passed"]
    print(f"checkov: {passed} passed, {len(new)} failed, {len(failed) - len(new)} argued for in skips.json")
    return new + old


def main() -> int:
    source = template.source()
    expanded = template.expanded(source)
    failures = aliases(template.read("template.yaml")) + unexplained(source, template.read("README.md"))
    failures += broken_rules(source, expanded) + checkov(expanded)
    for failure in failures:
        print(failure, file=sys.stderr)
    rules = len(access.RULES + running.RULES)
    print(f"template.yaml: {len(expanded['Resources'])} resources, {rules} rules, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
