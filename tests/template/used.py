"""Whether each function used, in the tests, exactly what used.json says. `cargo test` leaves a file under target/used for
each pair of action and resource that a function's requests needed, noted where the SDK's requests arrive.

    python tests/template/used.py            after `cargo test --workspace`; says what differs, and exits with 1
    python tests/template/used.py --write    writes used.json anew, to be looked through like any change
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT = ROOT / "target/used"
FILE = Path(__file__).resolve().parent / "used.json"


def left() -> dict:
    found = {}
    for folder in sorted(LEFT.iterdir()) if LEFT.is_dir() else ():
        pairs = (file.name.split("@") for file in folder.iterdir())
        found[folder.name] = sorted(f"{action} {resource.replace('+', '/')}" for action, resource in pairs)
    return found


def main() -> int:
    found = left()
    if not found:
        print("nothing under target/used: run the tests first", file=sys.stderr)
        return 1
    if "--write" in sys.argv:
        FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    known = json.loads(FILE.read_text(encoding="utf-8"))
    differing = 0
    for function in sorted(set(found) | set(known)):
        now, before = set(found.get(function, ())), set(known.get(function, ()))
        for pair in sorted(now ^ before):
            differing += 1
            print(f"{function}: {pair} {'is used, and not in used.json' if pair in now else 'is not used any more'}", file=sys.stderr)
    print(f"used.json: {sum(map(len, found.values()))} pairs of action and resource used by {len(found)} functions, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
