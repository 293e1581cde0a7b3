"""The formulas in tex and json, read back by readers that know nothing of ours: the derivation's at 100 points."""

import itertools
import json
import random
import re
from functools import cache
from pathlib import Path

import mpmath
import pytest
import sympy
from latex_lines import compared, statements_of_latex, values_of_side
from nullcline.reports import Report
from nullcline.symbolic import RateModel, load_model, transfer
from nullcline.symbolic.derivation import Step
from sympy.core.function import AppliedUndef
from text_lines import statements_of_text, values_of_text_side

EXAMPLES = Path(__file__).parents[2] / "examples"
POINTS = 100

MODELS = {
    "sigmoid": lambda: RateModel.single(),
    **{name: (lambda name=name: RateModel.single(transfer.catalogue[name])) for name in transfer.catalogue},
    "wilson-cowan": RateModel.wilson_cowan,
    "nonmonotone": lambda: load_model(EXAMPLES / "nonmonotone.toml"),
}
QUICK = ("relu",)
each_model = pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)


@cache
def report_of(name: str) -> Report:
    return Report.of(MODELS[name]())


@cache
def forms_of(name: str) -> tuple[str, dict]:
    report = report_of(name)
    return str(report.write("tex")), json.loads(report.write("json"))


# What the derivation says ---------------------------------------------------------------------------------------------

# Functions that are only a name, as a model of any F has them: smooth, and no two alike.
MEANINGS = {
    "F": lambda v: v / (3 + v**2),
    "F'": lambda v: 1 / (4 + v**2),
    "F''": lambda v: v / 7 - 1,
    "F^-1": lambda v: v**3 + v / 5,
    "V": lambda v: 1 / (2 + v**2),
}


def meaning(function: str):
    """The function that a name stands for: F_E is another one than F_I."""
    stem = re.sub(r"_[A-Z]", "", function)
    shift = sum(map(ord, function)) % 17
    return lambda v: MEANINGS[stem](v) + mpmath.mpf(shift) / 19


def is_of_time(e: sympy.Basic) -> bool:
    return isinstance(e, AppliedUndef) and [str(a) for a in e.args] == ["t"]


def bare(e: sympy.Basic) -> sympy.Basic:
    """The expression with a symbol for each derivative and each function of time."""
    e = e.replace(
        lambda d: isinstance(d, sympy.Derivative), lambda d: sympy.Symbol(f"D[{getattr(d.expr, 'func', d.expr)}]")
    )
    return e.replace(is_of_time, lambda f: sympy.Symbol(f"{f.func.__name__}(t)"))


def relations(e: sympy.Basic | None) -> list[tuple[sympy.Basic, str, sympy.Basic]]:
    if e is None:
        return []
    if isinstance(e, sympy.And):
        return [each for part in e.args for each in relations(part)]
    left, right = e.args
    sign = {"==": "=", "<=": "≤", ">=": "≥", "!=": "≠"}.get(e.rel_op, e.rel_op)
    if isinstance(right, sympy.MatrixBase):
        entries = list(left) if isinstance(left, sympy.MatrixBase) else [left] * len(right)
        return [(a, sign, b) for a, b in zip(entries, right, strict=True)]
    return [(left, sign, right)]


@cache
def compiled(e: sympy.Basic):
    plain = bare(e)
    names = sorted(plain.free_symbols, key=str)
    functions = {f.func: sympy.Function(f"function_{i}") for i, f in enumerate(_applied(plain))}
    known = {str(new): meaning(old.__name__) for old, new in functions.items()}
    for old, new in functions.items():
        plain = plain.replace(old, new)
    stand_ins = sympy.symbols(f"v0:{len(names)}")
    f = sympy.lambdify(stand_ins, plain.subs(dict(zip(names, stand_ins, strict=True))), [known, "mpmath"])
    return [str(n) for n in names], f


def _applied(e: sympy.Basic) -> list[sympy.Basic]:
    return sorted({f.func(*f.args[:1]) for f in e.atoms(AppliedUndef)}, key=str)


def truth(e: sympy.Basic, point: dict[str, mpmath.mpf]):
    if isinstance(e, sympy.MatrixSymbol):
        return point[str(e)]
    names, f = compiled(e)
    return f(*(point[name] for name in names))


def symbols_of(step: Step) -> set[str]:
    parts = [side for e in (step.equation, step.general) for a, _, b in relations(e) for side in (a, b)]
    named = {str(s) for part in parts if not isinstance(part, sympy.MatrixSymbol) for s in bare(part).free_symbols}
    bound = {str(v) for part in parts for i in part.atoms(sympy.Integral) for v in i.variables}
    return named | bound | {str(part) for part in parts if isinstance(part, sympy.MatrixSymbol)}


def points_of(step: Step):
    """Drawn around 1, where most formulas are defined; of a few steps the other side of a threshold as well."""
    drawn = random.Random(step.key)
    names = sorted(symbols_of(step))
    for _ in range(20 * POINTS):
        yield {name: mpmath.mpf(drawn.uniform(0.2, 2.4)) for name in names}


# The same names as they are seen on paper -----------------------------------------------------------------------------

GREEK = dict(zip(["tau", "theta", "lambda", "epsilon", "delta", "rho", "sigma", "kappa"], "τθλεδρσκ", strict=True))


def seen(name: str) -> str:
    """How a reader of LaTeX meets a name: I_ext_E is I with the subscript ext,E."""
    star = name.endswith("_star")
    head, *subscripts = name.removesuffix("_star").split("_")
    if subscripts[-1:] == ["next"]:
        subscripts = [f"{subscripts[0]}+1"]
    found = re.fullmatch(r"([A-Za-z]+?)(\d+)", head)
    if found and len(found[1]) == 1:
        head, subscripts = found[1], [found[2], *subscripts]
    listed = []
    for part in subscripts:
        index = re.fullmatch(r"([A-Z])(\d+)", part)
        listed += [index[1], index[2]] if index else [{"minus": "-", "plus": "+"}.get(part, part)]
    return GREEK.get(head, head) + ("_" + ",".join(listed) if listed else "") + ("^*" if star else "")


def on_paper(latex: str) -> str:
    """Derivatives and functions of time as one name each, and dt as the one quantity that it is."""
    latex = re.sub(r"\\frac\{d *([^{}]*(?:\{[^{}]*\})*)\}\{dt\}", lambda d: name_of(f"D[{letters(d[1])}]"), latex)
    latex = re.sub(r"(?<![A-Za-z])(r(?:_\w)?|\\varepsilon)\(t\)", lambda f: name_of(f"{letters(f[1])}(t)"), latex)
    latex = re.sub(r"(?<![A-Za-z\\])dt(?![A-Za-z])", lambda _: name_of("dt"), latex)
    latex = re.sub(r"F(?:_([A-Z]))?\^\{-1\}", lambda f: name_of(f"F{'_' + f[1] if f[1] else ''}^-1"), latex)
    return latex.replace(r"\operatorname{erf}^{-1}", r"\operatorname{erfinv}")


def name_of(text: str) -> str:
    return rf"\operatorname{{{text}}}"


def letters(latex: str) -> str:
    return latex.strip().replace(r"\varepsilon", "epsilon")


def written_values(latex: str, point: dict[str, mpmath.mpf]) -> tuple[list[mpmath.mpf], list[bool]]:
    """The values of all sides of what is displayed, and which of its comparisons hold."""
    known = {seen(name): value for name, value in point.items()} | {
        n: v for n, v in point.items() if "(" in n or "[" in n
    }
    functions = {name: meaning(name) for name in names_of_functions()}
    values, held = [], []
    left = [mpmath.nan]
    for sides, signs in statements_of_latex(on_paper(latex)):
        # A line that begins with a sign goes on from the left side above it.
        read = [values_of_side(side, known, functions) if side else left for side in sides]
        left = read[0]
        values += [value for side in read for value in side]
        for (a, b), sign in zip(itertools.pairwise(read), signs, strict=True):
            if len(a) == len(b) == 1 and sign != "=":
                held.append(compared(a[0], sign, b[0]))
    return values, held


def on_a_line(text: str) -> str:
    """Derivatives, functions of time and inverse functions of text as one name each."""
    text = re.sub(r"(?<![A-Za-z])d(r(?:_[A-Z])?|ε)/dt(?![A-Za-z])", r"D\1", text)
    text = re.sub(r"(?<![A-Za-z])(r(?:_[A-Z])?|ε)\(t\)", r"T\1", text)
    return re.sub(r"F((?:_[A-Z])?)⁻¹", r"Finverse\1", text).replace("erf⁻¹", "erfinv")


def values_in_text(text: str, point: dict[str, mpmath.mpf]) -> tuple[list[mpmath.mpf], list[bool]]:
    """The same of a formula on one line of text."""
    known = {seen(name): value for name, value in point.items()}
    known |= {"T" + seen(n.removesuffix("(t)")): v for n, v in point.items() if n.endswith("(t)")}
    known |= {"D" + seen(n[2:-1]): v for n, v in point.items() if n.startswith("D[")}
    functions = {
        name.replace("F^-1", "Finverse").replace("_E^-1", "inverse_E").replace("_I^-1", "inverse_I"): meaning(name)
        for name in names_of_functions()
    }
    values, held = [], []
    for sides, signs in statements_of_text(on_a_line(text)):
        read = [values_of_text_side(side, known, functions) for side in sides]
        values += [value for side in read for value in side]
        held += [
            compared(a[0], sign, b[0])
            for (a, b), sign in zip(itertools.pairwise(read), signs, strict=True)
            if sign != "="
        ]
    return values, held


def names_of_functions() -> list[str]:
    return [
        name
        for stem in MEANINGS
        for name in (stem, *(stem.replace("F", f"F_{p}").replace("V", f"V_{p}") for p in "EI"))
    ]


def meant_values(step: Step, parts, point) -> tuple[list[mpmath.mpf], list[bool]]:
    listed = [each for e in parts for each in relations(e)]
    values = [truth(side, point) for a, _, b in listed for side in (a, b)]
    held = [compared(truth(a, point), sign, truth(b, point)) for a, sign, b in listed if sign != "="]
    return values, held


def distinct(values: list[mpmath.mpf]) -> list[mpmath.mpf]:
    """Sorted, each once: a line that goes on does not repeat its left side, a chain its middle."""
    kept: list[mpmath.mpf] = []
    for value in sorted(values):
        if not kept or abs(value - kept[-1]) > TOLERANCE * max(1, abs(value)):
            kept.append(value)
    return kept


# Twenty digits of evaluation are lost nowhere here.
TOLERANCE = mpmath.mpf(10) ** -20


def agree(step: Step, latex: str, parts, values=written_values) -> int:
    """Compare a displayed formula with the derivation's at 100 points; return at how many."""
    compared_at = 0
    for point in points_of(step):
        try:
            meant, held = meant_values(step, parts, point)
            if any(mpmath.isnan(v) or isinstance(v, mpmath.mpc) for v in meant):
                continue
        except (ZeroDivisionError, ValueError, TypeError):
            continue
        read, holds = values(latex, point)
        meant, read = distinct(meant), distinct(read)
        assert len(meant) == len(read), (step.key, latex, meant, read)
        for a, b in zip(meant, read, strict=True):
            assert abs(a - b) <= TOLERANCE * max(1, abs(a)), (step.key, latex)
        if "{aligned}" in latex and len(parts) == 2 and parts[0] is not None:
            # What goes on below a bound says what the bound is for this F: it is an equation.
            held = held[: len(holds)]
        assert sorted(held) == sorted(holds), (step.key, latex)
        compared_at += 1
        if compared_at == POINTS:
            break
    return compared_at


def equations_of_tex(text: str) -> dict[str, str]:
    found = re.findall(r"\\begin\{equation\}\\label\{eq:(\w+)\}\n(.*?)\n\\end\{equation\}", text, flags=re.DOTALL)
    return {key: re.sub(r"^\\fitted\{(.*)\}$", r"\1", body, flags=re.DOTALL) for key, body in found}


@each_model
def test_what_tex_shows_has_the_values_that_were_derived(name: str):
    text, _ = forms_of(name)
    report = report_of(name)
    shown = equations_of_tex(text)
    assert list(shown) == [entry.step.key for entry in report.entries]
    with mpmath.workdps(40):
        for entry in report.entries:
            step = entry.step
            assert agree(step, shown[step.key], (step.general, step.equation)) == POINTS, step.key


@each_model
def test_the_latex_of_json_has_the_values_that_were_derived(name: str):
    _, document = forms_of(name)
    derivation = report_of(name).derivation
    with mpmath.workdps(40):
        for stated in document["steps"]:
            step = derivation[stated["key"]]
            assert agree(step, stated["equation"]["latex"], (step.equation,)) == POINTS, step.key


@each_model
def test_the_text_of_json_has_the_values_that_were_derived(name: str):
    _, document = forms_of(name)
    derivation = report_of(name).derivation
    with mpmath.workdps(40):
        for stated in document["steps"]:
            step = derivation[stated["key"]]
            for key, part in (("equation", step.equation), ("general", step.general)):
                assert (stated[key] is None) == (part is None)
                if part is not None:
                    assert agree(step, stated[key]["text"], (part,), values_in_text) == POINTS, (step.key, key)


# The trees of json ----------------------------------------------------------------------------------------------------

HEADS = {
    "Add": lambda *v: mpmath.fsum(v), "Multiply": lambda *v: mpmath.fprod(v), "Divide": lambda a, b: a / b,
    "Power": lambda a, b: a**b, "Sqrt": mpmath.sqrt, "Rational": lambda p, q: mpmath.mpf(p) / q, "Exp": mpmath.exp,
    "Ln": mpmath.log, "Tanh": mpmath.tanh, "Artanh": mpmath.atanh, "Erf": mpmath.erf, "ErfInv": mpmath.erfinv,
    "Abs": abs, "Max": max, "Min": min, "Less": lambda a, b: a < b, "LessEqual": lambda a, b: a <= b,
    "Greater": lambda a, b: a > b, "GreaterEqual": lambda a, b: a >= b, "NotEqual": lambda a, b: a != b,
    "And": lambda *v: all(v), "Or": lambda *v: any(v),
}  # fmt: skip
CONSTANTS = {"Pi": mpmath.pi, "ExponentialE": mpmath.e, "True": True, "False": False}


def value_of_tree(tree, known):
    """The value of a tree, a list of values for a matrix."""
    if isinstance(tree, int | float):
        return mpmath.mpf(tree)
    if isinstance(tree, str):
        return known[tree] if tree in known else CONSTANTS[tree]
    head, *arguments = tree
    if head == "Which":
        pairs = zip(arguments[::2], arguments[1::2], strict=True)
        return next((value_of_tree(value, known) for held, value in pairs if value_of_tree(held, known)), mpmath.nan)
    if head == "Apply":
        name, argument = arguments
        return known[f"{name}(t)"] if argument == "t" else meaning(name)(value_of_tree(argument, known))
    if head == "D":
        of = arguments[0]
        return known[f"D[{of[1] if isinstance(of, list) else of}]"]
    if head == "Integrate":
        body, (_, variable, low, high) = arguments
        ends = [value_of_tree(end, known) for end in (low, high)]
        return mpmath.quad(lambda at: value_of_tree(body, {**known, variable: at}), ends)
    if head == "Matrix":
        return [value_of_tree(cell, known) for row in arguments[0][1:] for cell in row[1:]]
    return HEADS[head](*(value_of_tree(each, known) for each in arguments))


def relations_of_tree(tree):
    head, *arguments = tree
    return [each for part in arguments for each in relations_of_tree(part)] if head == "And" else [arguments]


@each_model
def test_the_trees_of_json_have_the_values_that_were_derived(name: str):
    _, document = forms_of(name)
    derivation = report_of(name).derivation
    with mpmath.workdps(40):
        for stated in document["steps"]:
            step, count = derivation[stated["key"]], 0
            for point in points_of(step):
                try:
                    meant, _ = meant_values(step, (step.general, step.equation), point)
                    if any(mpmath.isnan(v) or isinstance(v, mpmath.mpc) for v in meant):
                        continue
                except (ZeroDivisionError, ValueError, TypeError):
                    continue
                trees = [stated[key]["tree"] for key in ("general", "equation") if stated[key] is not None]
                sides = [side for tree in trees for relation in relations_of_tree(tree) for side in relation]
                values = [value_of_tree(side, point) for side in sides]
                read = distinct([v for value in values for v in (value if isinstance(value, list) else [value])])
                meant = distinct(meant)
                assert len(read) == len(meant), stated
                assert all(abs(a - b) <= TOLERANCE * max(1, abs(a)) for a, b in zip(meant, read, strict=True)), stated
                count += 1
                if count == POINTS:
                    break
            assert count == POINTS, step.key
