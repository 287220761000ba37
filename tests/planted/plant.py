#!/usr/bin/env python3
"""Plants the bugs of bugs.toml, all of them at once and each behind a switch, in a copy of the production code, and lets
the fault simulation look for each. Fails when one is not noticed. `--write` puts the table into docs/planted.md."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TREE = ROOT / "target" / "planted"
PAGE = ROOT / "docs" / "planted.md"
SWITCH = '''//! Which bug is planted: `PLANTED` names it. This file is in no copy but the simulation's.

/// Whether it is this one.
pub fn on(name: &str) -> bool {
    static NAMED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    NAMED.get_or_init(|| std::env::var("PLANTED").ok()).as_deref() == Some(name)
}
'''


def bugs():
    with open(HERE / "bugs.toml", "rb") as file:
        return tomllib.load(file)


def copy():
    """The files under version control, as they are now. What is the same stays, so that little is built anew."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        source = ROOT / name
        if source.is_file():
            yield name, source


def planted(texts, name, bug):
    """Puts one bug into the texts."""
    crate = "crate" if bug["file"].startswith("shared/domain/") else "domain"
    for part in [bug, *([bug["more"]] if "more" in bug else [])]:
        text = texts[part["file"]]
        found = text.count(part["from"])
        if found != 1:
            sys.exit(f"{name}: its text is in {part['file']} {found} times, not once: bring bugs.toml up to date")
        texts[part["file"]] = text.replace(part["from"], part["to"].replace("on!", f'{crate}::planted::on("{name}")'))


def plant(all_bugs):
    texts = {}
    for bug in all_bugs.values():
        for file in [bug["file"], *([bug["more"]["file"]] if "more" in bug else [])]:
            texts.setdefault(file, (ROOT / file).read_text())
    for name, bug in all_bugs.items():
        planted(texts, name, bug)
    domain, package = "shared/domain/src/lib.rs", "tests/faults/Cargo.toml"
    texts[domain] = (ROOT / domain).read_text() + "\n/// Planted bugs.\npub mod planted;\n"
    # A program of another name, so that it takes no other one's place.
    texts[package] = (ROOT / package).read_text().replace('[[bin]]\nname = "faults"', '[[bin]]\nname = "planted"')
    texts["shared/domain/src/planted.rs"] = SWITCH
    return texts


def write(path, data):
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def build(texts):
    names = set(texts)
    for name, source in copy():
        names.add(name)
        if name not in texts:
            write(TREE / name, source.read_bytes())
    for name, text in texts.items():
        write(TREE / name, text.encode())
    for old in [path for path in TREE.rglob("*") if path.is_file()]:
        if str(old.relative_to(TREE)) not in names:
            old.unlink()
    target = ROOT / "target" / "planted-build"
    if not target.exists():
        # What others wrote is built already. In one folder cargo would take each tree's crates for the other's.
        shutil.copytree(ROOT / "target" / "release", target / "release", symlinks=True)
    env = os.environ | {"CARGO_TARGET_DIR": str(target)}
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--package", "faults"]
    subprocess.run(command, cwd=TREE, check=True, env=env)
    return target / "release" / "planted"


NOTICED = re.compile(r"^seed (\d+): (\w+): (.*)$", re.M)
DIED = re.compile(r'^(?P<story>.*): .*?(?P<death>\{.*?\}|\[.*?\]): \[Violation \{ invariant: "(?P<by>\w+)"', re.M)


def look(program, name, schedules):
    """Who notices the bug, and how soon: the seed and the invariant."""
    env = os.environ | {"PLANTED": name}
    asked = [program, "--schedules", str(schedules), "--enough", "1", "--brief"]
    told = subprocess.run(asked, env=env, capture_output=True, text=True)
    found = NOTICED.search(told.stdout)
    if told.returncode and found:
        return f"seed {found[1]}", found[2], ID.sub("…", found[3])
    told = subprocess.run([program, "--crash-points", "--brief"], env=env, capture_output=True, text=True)
    found = DIED.search(told.stdout)
    if told.returncode and found:
        return f"a death: {found['story']}", found["by"], ""
    return None


ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|er_[a-z]{28}|\d{4}-\d\d-\d\dT[0-9:.]+Z")


def table(all_bugs, noticed):
    yield "| bug | what goes wrong | noticed by | as |"
    yield "| --- | --- | --- | --- |"
    for name, (where, by, what) in noticed.items():
        yield f"| `{name}` | {all_bugs[name]['what']} | {where} | {by}{': ' if what else ''}{what[:110]} |"


def put(lines):
    page = PAGE.read_text()
    start, end = "<!-- planted -->\n", "<!-- /planted -->"
    before, rest = page.split(start)
    PAGE.write_text(before + start + "\n".join(lines) + "\n" + end + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=60_000, help="look at most so far (default: 60000)")
    parser.add_argument("--only", nargs="*", help="only these bugs")
    parser.add_argument("--write", action="store_true", help="put the table into docs/planted.md")
    args = parser.parse_args()
    all_bugs = bugs()
    program = build(plant(all_bugs))
    noticed, missed = {}, []
    for name in args.only or all_bugs:
        began = time.monotonic()
        found = look(program, name, args.schedules)
        took = f"{time.monotonic() - began:.1f} s"
        if found:
            noticed[name] = found
            print(f"{name}: {found[0]}, {found[1]} ({took})", flush=True)
        else:
            missed.append(name)
            print(f"{name}: NOT NOTICED within {args.schedules} schedules ({took})", flush=True)
    print(f"{len(noticed)} of {len(noticed) + len(missed)} planted bugs were noticed")
    if args.write and not args.only:
        put(table(all_bugs, noticed))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
