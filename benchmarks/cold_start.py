"""How long the first answer takes: a new process of `nullcline fixed-points` against one that imports SymPy and NumPy.

    python benchmarks/cold_start.py

The cache of compiled code is warm, as it is after the first run on a machine.
"""

import argparse
import subprocess
import sys

from timing import side_by_side, table

FLOOR_SECONDS = 0.5
COMMAND = "from nullcline.reports.cli import main; main()"


def started(code: str, *arguments: str) -> str:
    """Return what a new Python process prints that runs some code."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="how often each side is started")
    rounds = parser.parse_args().rounds
    asked = ("fixed-points", "--set", "w=5", "--set", "I_ext=0.5")
    if "3 fixed points" not in started(COMMAND, *asked):
        sys.exit("the command does not give the three fixed points of the bistable example")
    pair = side_by_side(
        lambda: started(COMMAND, *asked), lambda: started("import sympy, numpy"), rounds=rounds, repeat=1
    )
    beyond = pair.ours - pair.theirs
    verdict = "met" if beyond <= FLOOR_SECONDS else "MISSED"
    heads = ("work", "against", "ours", "theirs", "beyond the imports", "ceiling", "")
    line = ("cold fixed-points", "import sympy, numpy", f"{pair.ours:.3f} s", f"{pair.theirs:.3f} s")
    print(table([heads, (*line, f"{beyond:.3f} s", f"{FLOOR_SECONDS} s", verdict)]))


if __name__ == "__main__":
    main()
