"""Read formulas by latex2sympy2_extended and print their values: JSON of [{"latex", "points": [{name: value}]}]."""

import json
import re
import sys

import sympy
from latex2sympy2_extended import latex2sympy

CASES = re.compile(r"\\begin\{cases\}((?:(?!\\begin\{cases\}).)*?)\\end\{cases\}", re.DOTALL)


def number(latex, point):
    # The reader has no erf: it is read as another function of one argument, and put back.
    read = latex2sympy(latex.replace(r"\operatorname{erf}", r"\sinh")).replace(sympy.sinh, sympy.erf)
    # A subscript of two digits keeps its braces.
    known = {name: sympy.Float(value, 30) for name, value in point.items()}
    return sympy.N(read.subs({s: known[re.sub("[{}]", "", s.name)] for s in read.free_symbols}), 30)


def holds(condition, point):
    return all(
        {"<": a < b, ">": a > b, r"\leq": a <= b, r"\geq": a >= b}[sign]
        for part in condition.split(r"\wedge")
        for left, sign, right in [re.fullmatch(r"(.*?) (<|>|\\leq|\\geq) (.*)", part.strip()).groups()]
        for a, b in [(number(left, point), number(right, point))]
    )


def value(latex, point):
    """Nor has it cases: each is decided here, from the inside out."""
    while found := CASES.search(latex):
        for row in found[1].split(r"\\"):
            text, condition = re.fullmatch(r"(.*)&(.*)", row.strip(), re.DOTALL).groups()
            condition = condition.replace(r"\text{for}\:", "").strip()
            if condition == r"\text{otherwise}" or holds(condition, point):
                latex = latex[: found.start()] + rf"\left({text.strip()}\right)" + latex[found.end() :]
                break
        else:
            raise ValueError(f"no case holds in {latex}")
    read = number(latex, point)
    if not read.is_number:
        raise ValueError(f"{latex} was read as {read}")
    return float(read)


json.dump([[value(job["latex"], point) for point in job["points"]] for job in json.load(sys.stdin)], sys.stdout)
