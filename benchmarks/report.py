"""How long a report takes, beyond importing SymPy and matplotlib, in each format that needs no further program.

    python benchmarks/report.py

What was derived and compiled is on disk, as it is after the first report of a model. The size of each file is printed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from cold_start import COMMAND, started
from timing import side_by_side, table

CEILING_SECONDS, CEILING_BYTES = 3.0, 1_000_000
FORMATS = ("html",)


def written(folder: Path, model: str, format_: str) -> Path:
    """Write a report in a new process and return its file."""
    path = folder / f"report.{format_}"
    asked = ("report", model, "--format", format_, "--out", str(path))
    done = subprocess.run([sys.executable, "-c", COMMAND, *asked], capture_output=True, text=True, env=os.environ)
    if done.returncode:
        sys.exit(done.stderr)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is started")
    rounds = parser.parse_args().rounds
    lines = [("report", "ours", "imports", "beyond", "ceiling", "", "size", "")]
    with tempfile.TemporaryDirectory() as folder:
        for model in ("single", "wilson-cowan"):
            for format_ in FORMATS:
                size = written(Path(folder), model, format_).stat().st_size
                pair = side_by_side(
                    partial(written, Path(folder), model, format_),
                    lambda: started("import sympy, matplotlib.figure"),
                    rounds=rounds,
                    repeat=1,
                )
                beyond = pair.ours - pair.theirs
                times = (f"{pair.ours:.2f} s", f"{pair.theirs:.2f} s", f"{beyond:.2f} s", f"{CEILING_SECONDS:g} s")
                kept = "met" if beyond <= CEILING_SECONDS else "MISSED"
                small = "" if format_ != "html" else "met" if size < CEILING_BYTES else "MISSED"
                lines.append((f"{model} {format_}", *times, kept, f"{size / 1000:.0f} kB", small))
    print(table(lines))


if __name__ == "__main__":
    main()
