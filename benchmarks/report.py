"""How long a report takes, beyond importing SymPy and matplotlib, in each format that needs no further program.

    python benchmarks/report.py

What was derived and compiled is on disk, as it is after the first report of a model. Ends with 1 where a page is larger
than it may be; a time that is missed is only printed, for it is also the machine's.
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
_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
MODELS = {
    "single": "single",
    "wilson-cowan": "wilson-cowan",
    **{name: str(_EXAMPLES / f"{name}.toml") for name in ("refractory", "nonmonotone")},
}


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
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL", help="which reports"
    )
    asked = parser.parse_args()
    too_large = []
    lines = [("report", "ours", "imports", "beyond", "ceiling", "", "size", "")]
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.models:
            model = MODELS[name]
            for format_ in FORMATS:
                size = written(Path(folder), model, format_).stat().st_size
                pair = side_by_side(
                    partial(written, Path(folder), model, format_),
                    lambda: started("import sympy, matplotlib.figure"),
                    rounds=asked.rounds,
                    repeat=1,
                )
                beyond = pair.ours - pair.theirs
                times = (f"{pair.ours:.2f} s", f"{pair.theirs:.2f} s", f"{beyond:.2f} s", f"{CEILING_SECONDS:g} s")
                kept = "met" if beyond <= CEILING_SECONDS else "MISSED"
                is_small = format_ != "html" or size < CEILING_BYTES
                small = "" if format_ != "html" else "met" if is_small else "MISSED"
                too_large += [] if is_small else [f"{name} {format_}"]
                lines.append((f"{name} {format_}", *times, kept, f"{size / 1000:.0f} kB", small))
    print(table(lines))
    if too_large:
        sys.exit(f"larger than {CEILING_BYTES / 1e6:g} MB: {', '.join(too_large)}")


if __name__ == "__main__":
    main()
