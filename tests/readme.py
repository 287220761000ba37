#!/usr/bin/env python3
"""Runs README's commands as written: every block marked `sh`, in order, in one shell, in this checkout.

A block marked `sh background` is started and waited for until the API answers. A comment `<!-- expect: … -->`
after a block names what its output must contain. Blocks marked `text` are pictures, or what CI runs elsewhere.
"""

import re
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh( background)?\n(.*?)^```$(?:\n<!-- expect: (.*?) -->)?", re.MULTILINE | re.DOTALL)

PRELUDE = r"""
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; pkill -9 -x linkkeeper || true' EXIT
until_it_is_gone() { # a killed program holds its port for a moment
  for _ in $(seq 100); do
    (exec 3<>/dev/tcp/127.0.0.1/9000) 2>/dev/null || return 0
    sleep 0.1
  done
  echo "it is still there"; exit 1
}
until_it_answers() {
  for _ in $(seq 600); do
    (exec 3<>/dev/tcp/127.0.0.1/9000) 2>/dev/null && return
    kill -0 "$!" 2>/dev/null || { echo "it stopped"; exit 1; }
    sleep 0.5
  done
  echo "it did not answer"; exit 1
}
expect() { # what, file
  grep -qF -- "$1" "$2" || { echo "README promises: $1"; exit 1; }
}
"""


def script(readme):
    """One shell script of all blocks."""
    parts = [PRELUDE]
    for background, commands, expected in BLOCK.findall(readme):
        shown = "".join(f"  $ {line}\n" for line in commands.splitlines())
        parts.append(f"cat <<'SHOWN'\n{shown}SHOWN")
        if background:
            parts.append(f"until_it_is_gone\n{{ {commands.strip()}; }} &\nuntil_it_answers")
        else:
            parts.append(f"{{\n{commands}}} > target/readme.out\ncat target/readme.out; echo")
            if expected:
                parts.append(f"expect '{expected}' target/readme.out")
    return "\n".join(parts)


def main():
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 9000)) == 0:
            sys.exit("something listens on port 9000 already: stop it first, README's commands use that port")
    done = subprocess.run(["bash", "-c", script((ROOT / "README.md").read_text())], cwd=ROOT, check=False)
    print("README's commands", "work" if done.returncode == 0 else "FAILED")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
