"""Feed the reader of formulas with texts that reach ever new lines of it, and see that it only reads or refuses.

    python benchmarks/fuzz_formula.py --seconds 60 [--seed 0] [--atheris]

A text that reaches a line of the reader from another line than any before it is kept and changed further. Whatever
comes out of a text but a Formula or a FormulaError, or takes more than 5 s of the processor, is printed, and the exit
code is 1. With --atheris libFuzzer chooses the texts (pip install atheris), over the same pieces.
"""

import argparse
import os
import random
import sys
import time
import warnings
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from nullcline.symbolic import FormulaError
from nullcline.symbolic.formula import read_formula
from nullcline.symbolic.formula_check import check_formula
from nullcline.symbolic.parameter import positive, real

PARAMETERS = (
    positive("a", 1.2, "gain", sample=(0.3, 3.0)),
    real("theta", 2.8, "threshold", sample=(-2.0, 4.0)),
    real("lambda_", -0.5, "", sample=(-1.0, 1.0)),
)
SEEDS = (
    "1/(1 + exp(-a*(x - theta)))",
    "log(1 + exp(a*(x - theta)))/a",
    "0.5*(1 + erf(a*(x - theta)))",
    "max(x - theta, 0)**2/(max(x - theta, 0)**2 + a**2)",
    "x if 0 < x <= 1 and not x > theta or x < -3 else lambda_*sign(x)",
    "abs(min(x, a, theta))^1.5 + cbrt(x)",
    "sqrt(1 + x**2)/cosh(x/5) - atan2(x, 1)",
    "9**9**9*x",
    "exp(x + 1e40*log(2))",
    "(2**(1000*x))**(1000/x)",
    "__import__('os').system('true')",
    "x\u202e + \u0430",
    "x**2/x - sin(x)/x + heaviside(x)",
)
PIECES = (
    *("x", "x", "a", "theta", "lambda_", "pi", "e", "I", "oo", "_", "__class__", "lambda", "True"),
    *("0", "1", "2", "0.5", "1e308", "1e-308", "1e999", "64", "65", "1e40", ".", "1.", "0x1", "9" * 41),
    *("+", "-", "*", "/", "**", "^", "(", ")", "((", "))", ",", "<", "<=", ">", ">=", "==", "=", "%", "//", "<<"),
    *(" if ", " else ", " and ", " or ", " not ", " in ", " ", "\n", "\t"),
    *("exp(", "log(", "log1p(", "sqrt(", "cbrt(", "max(", "min(", "abs(", "sign(", "heaviside(", "step(", "relu("),
    *("sin(", "cos(", "tan(", "asin(", "acos(", "atanh(", "acosh(", "sinh(", "erf(", "erfc(", "sigmoid(", "softplus("),
    *("'", '"', "[", "]", "{", "\\", "#", ";", ":", "@", "!", "\x00", "\x1b[2J", "\u202e", "\ufeff", "\u0430", "²"),
)
LONGEST, SLOWEST = 2100, 5.0


def answer(text: str) -> str | None:
    """Read a text and look at what was read; return what is wrong with the answer."""
    start = time.process_time()
    try:
        check_formula(read_formula(text, PARAMETERS))
    except FormulaError as refusal:
        if not all(line.isprintable() for line in str(refusal).split("\n")):
            return f"a refusal that cannot be printed: {str(refusal)!r}"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {error}"
    took = time.process_time() - start
    return f"{took:.1f} s" if took > SLOWEST else None


def changed(text: str, corpus: list[str], draw: random.Random) -> str:
    """Return a text that is a little different, or two that were joined."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        place = draw.randint(0, len(text))
        end = min(len(text), place + draw.choice((0, 0, 1, 3, 10)))
        other = draw.choice(corpus)
        cut = draw.randint(0, len(other))
        middle = draw.choice(
            (
                "",
                draw.choice(PIECES),
                draw.choice(PIECES) + draw.choice(PIECES),
                text[place:end] * draw.choice((2, 3, 30)),
                other[cut : cut + draw.choice((1, 5, 20))],
                f"({other})",
                chr(draw.choice((draw.randrange(128), draw.randrange(0x3000), draw.randrange(0x110000)))),
            )
        )
        text = text[:place] + middle + text[end:]
    return text[:LONGEST]


class Coverage:
    """The steps from line to line that have been taken in the reader's modules."""

    def __init__(self) -> None:
        self.known: set[tuple[CodeType, int, int]] = set()
        self.new = 0
        self._last: dict[int, int] = {}

    def run(self, text: str) -> str | None:
        """Answer a text; `new` says how many steps were taken for the first time."""
        before = len(self.known)
        sys.settrace(self._called)
        try:
            return answer(text)
        finally:
            sys.settrace(None)
            self.new = len(self.known) - before

    def _called(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        # SymPy is not what is to be covered, and has a million lines.
        if not os.path.basename(frame.f_code.co_filename).startswith("formula"):
            return None
        self._last[id(frame)] = 0
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            line = frame.f_lineno
            self.known.add((frame.f_code, self._last.get(id(frame), 0), line))
            self._last[id(frame)] = line
        elif event == "return":
            self._last.pop(id(frame), None)
        return self._stepped


def fuzzed(seconds: float, seed: int) -> int:
    """Run for so many seconds; print what was found, and return the number of faults."""
    draw = random.Random(seed)
    coverage, corpus, faults, count = Coverage(), [], 0, 0
    waiting = list(SEEDS)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # New texts are the likeliest to lead further.
        place = draw.choice((draw.randrange(len(corpus)), max(0, len(corpus) - 20))) if corpus else 0
        text = waiting.pop() if waiting else changed(corpus[place], corpus, draw)
        fault = coverage.run(text)
        count += 1
        if coverage.new or not corpus:
            corpus.append(text)
        if fault is not None:
            faults += 1
            print(f"{text!r}: {fault}", flush=True)
    print(f"{count} texts, {len(corpus)} kept, {len(coverage.known)} steps from line to line, {faults} faults")
    return faults


def by_atheris(seconds: float, seed: int) -> None:
    """Let libFuzzer choose the pieces; it ends the process itself, at the first fault with its own report."""
    import atheris

    def one(data: bytes) -> None:
        fault = answer("".join(PIECES[byte % len(PIECES)] for byte in data)[:LONGEST])
        if fault is not None:
            raise AssertionError(fault)

    atheris.instrument_all()
    options = [f"-max_total_time={seconds:.0f}", f"-seed={seed + 1}", "-max_len=120", "-timeout=30"]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--atheris", action="store_true")
    given = options.parse_args()
    warnings.simplefilter("ignore")
    if given.atheris:
        by_atheris(given.seconds, given.seed)
    sys.exit(1 if fuzzed(given.seconds, given.seed) else 0)


if __name__ == "__main__":
    main()
