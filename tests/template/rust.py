"""What the Rust sources say that the template must agree with: variables read, metrics told."""

import functools
import re

from template import ROOT, read

CONFIG = "shared/adapters/src/config.rs"
# Set by Lambda itself, with a default that suits the cloud, or (AWS_CA_BUNDLE, AWS_ENDPOINT_URL_...) for networks and
# tests in which a service is reached otherwise than in the cloud.
NOT_OURS = ("AWS_", "WIDGET_URL")
# Secrets as values: for places where all data is invented. In the cloud functions are told an ARN.
LOCAL = {
    "BELVO_SECRET_ID",
    "BELVO_SECRET_PASSWORD",
    "BELVO_OTHER_SECRET_ID",
    "BELVO_OTHER_SECRET_PASSWORD",
    "REFERENCE_KEY",
    "WEBHOOK_AUTHORIZATION",
    "WEBHOOK_OTHER_AUTHORIZATION",
}


# Told for each call to Belvo, by function, and by function and outcome.
CALLS = "Calls"
# Told by whoever reads a secret again and again, when that fails.
UNREAD = "SecretsNotReadAgain"


@functools.cache
def outcomes() -> set:
    """What a call to Belvo may come to."""
    call = read("shared/adapters/src/belvo/call.rs").split("fn outcome(")[1].split("\n}\n")[0]
    told = set(re.findall(r'Some\("([a-z_]+)"\)', call)) | set(re.findall(r'called\("([a-z_]+)"\)', read("shared/adapters/src/belvo.rs")))
    assert f'name: "{CALLS}"' in read("shared/adapters/src/metrics.rs") and len(told) > 4, "the search finds the outcomes"
    return told


def production(text: str) -> str:
    return text.split("#[cfg(test)]\nmod tests")[0]


def sources(folder: str) -> str:
    files = sorted(path for path in (ROOT / folder).rglob("*.rs") if "tests" not in (path.stem, path.parent.name))
    return "\n".join(production(path.read_text(encoding="utf-8")) for path in files)


class Variables:
    """Which variables each method of the configuration's reader looks at, and which it insists on."""

    def __init__(self):
        text = production(read(CONFIG)) + "\n" + sources("shared/adapters/src/config")
        self.names = dict(re.findall(r'const (\w+): &str =\s*"([A-Z][A-Z0-9_]+)";', text))
        assert len(self.names) > 10, "the search finds the variables"
        self.bodies = {}
        for name, body in re.findall(r"\bfn (\w+)(.*?)(?=\n    (?:pub |/// |fn |async )|\nfn |\nimpl |\n\}\n|\Z)", text, re.S):
            self.bodies[name] = self.bodies.get(name, "") + body
        looked_at = set().union(*(self._own(body) for body in self.bodies.values()))
        unread = set(self.names.values()) - looked_at
        assert not unread, f"nothing in {CONFIG} reads {sorted(unread)}: has this search gone blind?"

    def _own(self, body: str) -> set:
        return {variable for constant, variable in self.names.items() if re.search(rf"\b{constant}\b", body)}

    def of_method(self, method: str, seen: frozenset = frozenset()) -> set:
        body = self.bodies[method]
        found = self._own(body)
        called = set(re.findall(r"\b(?:self|Self)(?:::|\.)(\w+)\(", body)) & set(self.bodies)
        for other in called - seen - {method}:
            found |= self.of_method(other, seen | called | {method})
        return found

    def of_function(self, function: str) -> set:
        """What the binary of a function may read: what its `main` asks the reader for, and the level of its log."""
        main = read(f"functions/{function}/src/main.rs")
        asked = re.findall(r"\breader\.(\w+)\(", main)
        assert asked and "finish" in asked, f"{function}: the search finds what main reads"
        assert "telemetry::of_function(&environment)" in main, function
        found = self.of_method("log_level")
        for method in asked:
            found |= self.of_method(method)
        return {name for name in found if not name.startswith(NOT_OURS)}


@functools.cache
def variables() -> Variables:
    return Variables()


@functools.cache
def documented() -> dict:
    """Variables by function, as the README's table has them."""
    text = read("README.md").split("## Environment of the functions")[1].split("\n## ")[0]
    callers = re.search(r"Those that call Belvo: (.+?)\.", text, re.S).group(1)
    callers = [name.strip() for name in callers.replace("\n", " ").split(",")]
    folders = sorted(path.name for path in (ROOT / "functions").iterdir())
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", text, re.M)
    assert len(rows) > 10, "the search finds the table"
    found = {folder: set() for folder in folders}
    for variables, who in rows:
        base = callers if who.startswith("all that call Belvo") else folders if who.startswith("all") else None
        names = re.findall(r"[a-z]+(?:-[a-z]+)+|reconcile", who)
        if base is not None:
            named = [function for function in base if function not in names]
        else:
            named = names
        for variable in re.findall(r"`([A-Z0-9_]+)`", variables):
            for function in named:
                if not variable.startswith(NOT_OURS):
                    found[function].add(variable)
    return found


@functools.cache
def metrics() -> dict:
    """Names of the metrics that each function tells: those that stand in its sources as a metric's name."""
    assert f'name: "{UNREAD}"' in read("shared/adapters/src/secrets/source.rs"), "the search finds this metric"
    found = {}
    for path in sorted((ROOT / "functions").iterdir()):
        text = sources(f"functions/{path.name}/src")
        if "metrics::" in text:
            assert "metrics::line(" in text, path.name
            named = r'(?:\(|count\(|name: |seconds\()\s*"([A-Z][A-Za-z]+)"\s*,'
            found[path.name] = set(re.findall(named, text))
            assert found[path.name], f"{path.name}: the search finds its metrics"
        main = read(f"functions/{path.name}/src/main.rs")
        if "reader.belvo()" in main or "reader.webhook_keys()" in main:
            found.setdefault(path.name, set()).add(UNREAD)
        if "belvo::Belvo" in main:
            found.setdefault(path.name, set()).add(CALLS)
    return found
