"""How long the explorer's numbers take in V8: one list of fixed points, and all that one move of a slider asks for.

python benchmarks/explorer.py            a table of medians, in ms
python benchmarks/explorer.py --quick    the same with little work: shows that it runs, and no more

A redraw is the fixed points, eleven trajectories of 200 steps, a bifurcation diagram of 400 points and the potential at
200 rates. A page drawn anew at 60 frames a second has 16 ms for it and for the drawing: it may take 5 ms, and 10 ms for
a formula of one's own, whose fixed points are searched in interval arithmetic. V8 is warm, as it is after the
first moves of a slider. Needs mini-racer (extra `test`).
"""

import argparse
import sys
from pathlib import Path

from nullcline.reports.explorer.functions import fixed_script, model_script, numerics_script
from nullcline.symbolic import RateModel, load_model, transfer
from py_mini_racer import MiniRacer
from timing import table

EXAMPLES = Path(__file__).parent.parent / "examples"
# What is timed. The fixed points of a formula of one's own, found in interval arithmetic, may take 5 ms, others 0.2 ms.
WORK = {
    "fixed points": "NC.fixedPoints(NC.model, p)",
    "11 trajectories": (
        "Array.from({length: 11}, (_, k) => NC.simulate(NC.model, p, {T: 20, dt: 0.1, rInit: k/10, noise: null}))"
    ),
    "bifurcation diagram": "NC.bifurcation(NC.model, p, 400)",
    "potential": "NC.potentialCurve(NC.model, p, rates)",
}
# The median over rounds of the mean of some calls, each at another input, as a slider would have it.
_TIMED = """
(rounds, calls) => {{
  const rates = Array.from({{length: 200}}, (_, k) => k/199);
  const times = [];
  for (let round = 0; round < rounds; round += 1) {{
    const start = Date.now();
    for (let call = 0; call < calls; call += 1) {{
      const away = 1e-7*(round*calls + call);
      const p = {given};
      {work};
    }}
    times.push((Date.now() - start)/calls);
  }}
  return times.sort((a, b) => a - b)[Math.floor(rounds/2)];
}}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="little work")
    quick = parser.parse_args().quick
    rounds, calls = (3, 5) if quick else (25, 100)
    missed = False
    rows = [("F", *WORK, "redraw", "at most", "", "script, kB", "of it fixed")]
    known = {name: RateModel.single(function) for name, function in transfer.catalogue.items()}
    files = {path.stem: load_model(path) for path in sorted(EXAMPLES.glob("*.toml"))}
    for name, model in (known | {n: m for n, m in files.items() if len(m.populations) == 1}).items():
        given, most = ("{w: 5, I_ext: 0.5 + away}", 5) if name in known else ("{I_ext: away}", 10)
        with MiniRacer() as v8:
            v8.eval(numerics_script(model))
            times = {work: _median(v8, text, given, rounds, calls) for work, text in WORK.items()}
            redraw = _median(v8, "; ".join(WORK.values()), given, rounds, max(calls // 5, 1))
        met = redraw < most and times["fixed points"] < (0.2 if name in known else 5)
        missed = missed or not met
        fixed = len(fixed_script(model))
        size = fixed + len(model_script(model))
        cells = [f"{t:.3f}" for t in (*times.values(), redraw)]
        rows.append((name, *cells, f"{most}", "met" if met else "MISSED", f"{size / 1000:.1f}", f"{fixed / 1000:.1f}"))
    sys.stdout.write(table(rows) + "\n")
    # With little work V8 is cold, and nothing is said of how fast it is.
    return 1 if missed and not quick else 0


def _median(v8: MiniRacer, work: str, given: str, rounds: int, calls: int) -> float:
    return float(v8.eval(f"({_TIMED.format(work=work, given=given)})({rounds}, {calls})"))


if __name__ == "__main__":
    sys.exit(main())
