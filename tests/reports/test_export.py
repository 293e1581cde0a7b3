"""What `nullcline export` writes, read back by the programs it is written for: they compute what nullcline computes."""

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import readers
import sympy
from nullcline.numeric import simulate
from nullcline.reports import cli, export, exports
from nullcline.reports.commands import options
from nullcline.reports.exports.helpers import helpers_for, u
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.errors import NullclineError, ParameterError
from nullcline.symbolic.model import Population
from nullcline.symbolic.parameter import positive, real
from nullcline.symbolic.transfer import Coordinate, TransferFunction, x
from numpy.typing import NDArray
from scipy import special
from scipy.integrate import solve_ivp

HERE = Path(__file__).resolve().parent / "readers"
START = 0.2

# Ends comments, strings, tags, arguments and lines in one format or another, or would run something.
HOSTILE = (
    "*/ int x; /* -- ]]></name><script>\n#include <x> ' \" ''' \"\"\" \\ \\input{x} $ % & _ ^ ~ {0} {notes} [1..3]\r\n"
    "@ total=0\u2028alert(1)\x1b[31m\u202e %s ?"
    "?/ Müller 雪 \\"
)


def awkward() -> RateModel:
    """A model whose parameters are called like what the targets know by these names, with conditions."""
    names = ("S", "s", "N", "Q", "beta", "lambda_", "exp", "double", "p", "E", "mV", "e", "Math", "NULL", "a__b", "x_2")
    parameters = {
        name: positive(name, 1.0 + 0.1 * i, f"{HOSTILE} {i}", sample=(0.5, 2.0)) for i, name in enumerate(names)
    }
    threshold = real("a_rather_long_name_of_a_threshold", -0.5, "threshold", sample=(-1.0, 1.0))
    s = {name: p.symbol for name, p in parameters.items()}
    low = threshold.symbol
    others = sympy.Add(*(s[n] for n in names if n not in ("S", "s", "beta")))
    middle = s["beta"] * (x - low) ** s["S"] / others
    formula = sympy.Piecewise(
        (0, x <= low), (middle, (x > low) & (x < 1)), (sympy.Rational(3, 10) + sympy.tanh(s["s"] * x), True)
    )
    z = sympy.Symbol("z", real=True)
    function = TransferFunction(
        "awkward",
        "with conditions",
        formula,
        (*parameters.values(), threshold),
        Coordinate(z, z, x, sympy.Interval(-sympy.oo, sympy.oo)),
    )
    return dataclasses.replace(RateModel.single(function), name=HOSTILE)


def three() -> RateModel:
    populations = (
        Population.named("E", transfer.softplus, sign=1, defaults={"tau": 2.0, "theta": 1.0}),
        Population.named("P", transfer.naka_rushton, sign=-1),
        Population.named("Sst_1", transfer.power, sign=-1, defaults={"tau": 4.0, "n": 1.5}),
    )
    weights = ((0.5, 1.0, None), (2.0, None, 0.7), (1.0, 0.3, 0.2))
    return RateModel.network(populations, weights, name="three populations")


@cache
def cases() -> Mapping[str, tuple[RateModel, dict[str, float]]]:
    single = RateModel.single
    return {
        "sigmoid": (single(), {"w": 5.0, "I_ext": 0.5}),
        # e^1200 is no double.
        "steep": (single(), {"a": 300.0, "theta": 4.0, "w": 1.0, "I_ext": 0.5}),
        "relu": (single(transfer.relu), {"w": 0.5, "I_ext": 3.5}),
        # The input falls below the threshold on the way.
        "relu_off": (single(transfer.relu), {"w": 1.0, "I_ext": 2.7}),
        "power": (single(transfer.power), {"w": 0.5, "I_ext": 0.5}),
        "power_off": (single(transfer.power), {"w": 0.5, "I_ext": -0.05, "n": 1.5}),
        "naka_rushton": (single(transfer.naka_rushton), {"w": 1.0, "I_ext": 0.5, "tau": 3.0}),
        "erf": (single(transfer.erf), {"w": 2.0, "I_ext": 0.3}),
        "softplus": (single(transfer.softplus), {"w": 5.0, "I_ext": 0.5}),
        "tanh": (single(transfer.tanh), {"w": 2.0, "I_ext": 1.0}),
        "wilson_cowan": (RateModel.wilson_cowan(), {"I_ext_E": 1.0, "w_EE": 10.0}),
        "three": (three(), {"I_ext_E": 1.0, "I_ext_P": 0.2, "I_ext_Sst_1": 0.1}),
        # One for each condition of its formula.
        "awkward": (awkward(), {"w": 1.5, "I_ext": 0.1}),
        "awkward_low": (awkward(), {"w": 1.5, "I_ext": -2.0}),
        "awkward_high": (awkward(), {"w": 1.5, "I_ext": 2.0}),
    }


def grid(name: str) -> tuple[float, int]:
    """The time step of an export, a tenth of the smallest time constant, and its samples, to 20 of the largest."""
    model, values = cases()[name]
    taus = [values.get(p.tau.name, p.tau.default) for p in model.populations]
    return min(taus) / 10, round(200 * max(taus) / min(taus)) + 1


@cache
def expected(name: str, method: str) -> NDArray[np.float64]:
    """The rates at the times of an export, (times, populations)."""
    model, values = cases()[name]
    dt, samples = grid(name)
    if model.name == HOSTILE:
        return by_hand(model, values, method, dt, samples)
    # The last half step lets the last sample in.
    run = simulate(model, T=(samples - 0.5) * dt, dt=dt, r_init=START, method=method, **values)
    return run.r.reshape(samples, -1)


def by_hand(model: RateModel, values: Mapping[str, float], method: str, dt: float, samples: int) -> NDArray[np.float64]:
    """The same from the right-hand side as it is stated, for a transfer function that has no inverse."""
    (slope,), (rate,) = model.right_hand_side(), model.rates
    given = {p.symbol: values.get(name, p.default) for name, p in model.parameters.items()}
    f = sympy.lambdify(rate, slope.subs(given), "math")
    if method == "adaptive":
        at = dt * np.arange(samples)
        solution = solve_ivp(lambda _, r: [f(r[0])], (0, at[-1]), [START], "DOP853", at, rtol=1e-11, atol=1e-13)
        return np.asarray(solution.y).T
    r = [START]
    for _ in range(samples - 1):
        k1 = f(r[-1])
        k2 = f(r[-1] + dt / 2 * k1)
        k3 = f(r[-1] + dt / 2 * k2)
        k4 = f(r[-1] + dt * k3)
        r.append(r[-1] + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(r)[:, None]


def written(folder: Path, to: str, suffix: str) -> dict[str, Path]:
    paths = {name: folder / f"{name}{suffix}" for name in cases()}
    for name, path in paths.items():
        model, values = cases()[name]
        path.write_text(export(model, to, **values), encoding="utf-8")
    return paths


def table(text: str) -> NDArray[np.float64]:
    """The rates in a table whose first line names the columns and whose first column is the time."""
    return np.array([[float(cell) for cell in line.split()] for line in text.strip().splitlines()[1:]])[:, 1:]


def deviation(name: str, rates: NDArray[np.float64], method: str) -> float:
    """The largest difference, relative to the larger of 1 and the rate."""
    right = expected(name, method)
    assert rates.shape == right.shape
    assert np.isfinite(right).all()
    return float(np.max(np.abs(rates - right) / np.maximum(1, np.abs(right))))


# T is half a step more than a multiple of dt, which warns.
pytestmark = pytest.mark.filterwarnings("ignore:.*not a multiple of dt:nullcline.symbolic.errors.NullclineWarning")

# The same scheme with the same step: what differs is rounding, some 20 operations of half an ulp each a step, which
# the leak forgets within tens of steps; near the kinks and the fold it may be carried a hundred times further.
SAME_SCHEME = 20 * 10 * 100 * 2.0**-53
# Two solvers that control their own error, to 1e-10 a step at most, over tens of steps.
SAME_SOLUTION = 1e-8


def test_c_compiles_as_strict_c99_without_a_warning_and_computes_the_same(tmp_path: Path) -> None:
    compiler = readers.program("gcc", "clang")
    for name, path in written(tmp_path, "c", ".c").items():
        flags = ["-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-O1", "-ffp-contract=off"]
        readers.output([compiler, *flags, str(path), "-o", name, "-lm"], tmp_path)
        printed = readers.output([str(tmp_path / name)], tmp_path)
        assert deviation(name, table(printed), "rk4") < SAME_SCHEME, name


def test_javascript_runs_as_a_module_and_computes_the_same(tmp_path: Path) -> None:
    node = readers.program("node")
    paths = written(tmp_path, "javascript", ".mjs")
    jobs = [part for name, path in paths.items() for part in (*map(str, grid(name)), str(path))]
    tables = json.loads(readers.output([node, str(HERE / "read_javascript.mjs"), *jobs], tmp_path))
    for name, path in paths.items():
        assert deviation(name, table(tables[str(path)]), "rk4") < SAME_SCHEME, name


def test_xpp_computes_the_same_to_the_digits_that_it_keeps(tmp_path: Path) -> None:
    xppaut = readers.program("xppaut")
    for name, path in written(tmp_path, "xpp", ".ode").items():
        readers.output([xppaut, str(path), "-silent", "-outfile", f"{name}.dat"], tmp_path)
        rates = table("t\n" + (tmp_path / f"{name}.dat").read_text())
        # XPP stores what it computes as floats of 24 bits, and prints 8 digits.
        assert deviation(name, rates[:, : expected(name, "rk4").shape[1]], "rk4") < 2.0**-24 + 5e-8, name


@pytest.mark.slow
@pytest.mark.parametrize("target", ["numpy", "cython"])
def test_brian2_computes_the_same(tmp_path: Path, target: str) -> None:
    python = readers.python_with("brian2")
    paths = written(tmp_path, "brian2", ".py")
    if target == "cython":
        # Each is compiled for seconds: those that between them have all of its functions.
        readers.program("gcc", "clang")
        paths = {name: paths[name] for name in ("sigmoid", "erf", "softplus", "awkward")}
    job = [python, str(HERE / "read_scripts.py"), "brian2", target, *map(str, paths.values())]
    texts = json.loads(readers.output(job, tmp_path))
    for name, path in paths.items():
        assert deviation(name, table(texts[str(path)]), "rk4") < SAME_SCHEME, name


@pytest.mark.slow
def test_pyrates_computes_the_same(tmp_path: Path) -> None:
    python = readers.python_with("pyrates")
    paths = written(tmp_path, "pyrates", ".py")
    job = [python, str(HERE / "read_scripts.py"), "pyrates", "numpy", *map(str, paths.values())]
    texts = json.loads(readers.output(job, tmp_path))
    for name, path in paths.items():
        assert deviation(name, table(texts[str(path)]), "adaptive") < SAME_SOLUTION, name


@pytest.mark.slow
def test_libroadrunner_computes_the_same_from_sbml(tmp_path: Path) -> None:
    python = readers.python_with("roadrunner")
    paths = written(tmp_path, "sbml", ".xml")
    jobs = []
    for name, path in paths.items():
        dt, samples = grid(name)
        rates = re.findall(r'<rateRule variable="(\w+)">', path.read_text(encoding="utf-8"))
        jobs.append({"path": str(path), "duration": (samples - 1) * dt, "samples": samples, "rates": rates})
    tables = json.loads(readers.output([python, str(HERE / "read_sbml.py"), json.dumps(jobs)], tmp_path))
    for name, path in paths.items():
        assert deviation(name, table(tables[str(path)]), "adaptive") < SAME_SOLUTION, name


@pytest.mark.slow
def test_sbml_is_consistent_to_libsbml(tmp_path: Path) -> None:
    python = readers.python_with("libsbml")
    check = (
        "import libsbml, sys\n"
        "for path in sys.argv[1:]:\n"
        "    document = libsbml.readSBMLFromFile(path)\n"
        "    document.checkConsistency()\n"
        "    log = document.getErrorLog()\n"
        "    assert log.getNumFailsWithSeverity(libsbml.LIBSBML_SEV_ERROR) == 0, log.toString()\n"
        "    assert log.getNumFailsWithSeverity(libsbml.LIBSBML_SEV_FATAL) == 0, log.toString()\n"
    )
    readers.output([python, "-c", check, *map(str, written(tmp_path, "sbml", ".xml").values())], tmp_path)


@pytest.mark.slow
def test_latex_is_compiled(tmp_path: Path) -> None:
    pdflatex = readers.program("pdflatex")
    for path in written(tmp_path, "latex", ".tex").values():
        readers.output(
            [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", str(path)], tmp_path
        )


@pytest.mark.slow
def test_latex_read_back_has_the_values_of_the_right_hand_side(tmp_path: Path) -> None:
    python = readers.python_with("latex2sympy2_extended")
    random = np.random.default_rng(4)
    jobs, right = [], []
    for name, path in written(tmp_path, "latex", ".tex").items():
        model, values = cases()[name]
        text = path.read_text(encoding="utf-8")
        equations = re.search(r"\\begin\{align\*\}\n(.*?)\n\\end", text, re.DOTALL)[1].split(" \\\\\n")
        sides = [line.split(" &= ") for line in equations]
        count = len(model.populations)
        # The symbols by what the document itself says: the table's rows, and the left-hand sides.
        rows = re.findall(r"^\$(.+?)\$ & \\texttt\{(.+?)\}", text, re.MULTILINE)
        assert [float(value) for _, value in rows] == [values.get(n, p.default) for n, p in model.parameters.items()]
        rates = [re.search(r"\\frac\{d (.+)\}\{d t\}$", left)[1] for left, _ in sides[count:]]
        symbols = [s for s, _ in rows] + rates + [left for left, _ in sides[:count]]
        assert len(set(symbols)) == len(symbols)
        own = [*(p.symbol for p in model.parameters.values()), *model.rates]
        for i in range(count):
            for _ in range(2):
                at = dict(zip(own, [float(v) for _, v in rows] + [*random.uniform(0, 1, count)], strict=True))
                inputs = [float(total.subs(at)) for total in model.inputs()]
                numbers = [*at.values(), *inputs]
                point = {f"v_{k}": value for k, value in enumerate(numbers)}
                for side, value in ((sides[i][1], inputs[i]), (sides[count + i][1], None)):
                    jobs.append({"latex": _renamed(side, symbols), "points": [point]})
                    slope = model.right_hand_side()[i] * model.populations[i].tau.symbol
                    right.append(float(sympy.N(slope.subs(at), 30)) if value is None else value)
    read = json.loads(readers.output([python, str(HERE / "read_latex.py")], tmp_path, json.dumps(jobs)))
    # The document holds the formula exactly; what is left is the rounding of the inputs to doubles, magnified by F'.
    assert [values[0] for values in read] == pytest.approx(right, rel=1e-12, abs=1e-12)


def _renamed(latex: str, symbols: list[str]) -> str:
    """The reader takes I for the imaginary unit and E_{ext} for e: each symbol gets a neutral name."""
    longest_first = sorted(symbols, key=len, reverse=True)
    pattern = re.compile(
        r"\\(?:begin|end|text|left|right|frac|sqrt|operatorname|wedge|leq|geq|tanh|ln|cdot|log)(?:\{[a-z]+\})?"
        r"|(?<![A-Za-z\\])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![A-Za-z_])"
    )
    return pattern.sub(lambda m: f"v_{{{symbols.index(m[0])}}}" if m[0] in symbols else m[0], latex)


# What every format does with what it is given ------------------------------------------------------------------------


@pytest.mark.parametrize("to", exports.FORMATS)
def test_a_title_stays_text_on_one_line(to: str) -> None:
    model, values = cases()["awkward"]
    text = export(model, to, **values)
    plainly = export(dataclasses.replace(model, name="plain"), to, **values)
    assert len(text.splitlines()) == len(plainly.splitlines())
    assert all(c == "\n" or c == "\t" or c.isprintable() for c in text)
    # In XML a tag in a title would be one of the document's.
    assert to != "sbml" or "<script>" not in text


def test_the_helper_for_erf_is_right_to_the_last_digits() -> None:
    (helper,) = helpers_for([sympy.erf(u)], frozenset(), "a target without erf")
    at = np.concatenate([np.linspace(-7, 7, 20_001), np.geomspace(1e-300, 1, 500)])
    computed = sympy.lambdify(u, helper.value, "numpy")(np.where(at == 0, 1e-320, at))
    # Cody's functions are right to 1e-18 and cost about ten rounded operations.
    assert np.max(np.abs(computed - special.erf(at)) / np.abs(special.erf(np.where(at == 0, 1, at)))) < 10 * 2.0**-52


def test_the_exported_rates_are_finite_where_an_exponential_is_not() -> None:
    for helper in helpers_for([transfer.sigmoid.formula], frozenset({"tanh"}), "a target"):
        assert math.isfinite(float(helper.value.subs(u, -1e6)))


def test_an_unknown_format_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ParameterError) as refusal:
        export(RateModel.single(), "brain2")
    known = ", ".join(exports.FORMATS)
    assert str(refusal.value) == f"unknown format 'brain2'; did you mean 'brian2'? (known: {known})"


def test_a_function_that_a_target_lacks_is_refused_by_name() -> None:
    base = transfer.tanh
    function = dataclasses.replace(base, name="odd", formula=sympy.besselj(0, x) + base.formula)
    with pytest.raises(NullclineError, match=r"^XPP has no function besselj: "):
        export(RateModel.single(function), "xpp")


def test_a_formula_longer_than_xpps_lines_is_written_in_pieces(tmp_path: Path) -> None:
    xppaut = readers.program("xppaut")
    terms = [sympy.tanh(transfer.tanh.parameters[0].symbol * x - sympy.Rational(i, 7)) / 60 for i in range(60)]
    function = dataclasses.replace(transfer.tanh, name="long", formula=sympy.Add(*terms))
    model = RateModel.single(function)
    text = export(model, "xpp", I_ext=1.0)
    assert max(map(len, text.splitlines())) < 1200
    (tmp_path / "long.ode").write_text(text)
    readers.output([xppaut, "long.ode", "-silent"], tmp_path)
    rates = table("t\n" + (tmp_path / "output.dat").read_text())
    right = by_hand(model, {"I_ext": 1.0}, "rk4", 0.1, 201)
    assert np.max(np.abs(rates - right)) < 2.0**-24 + 5e-8


def test_values_are_held_to_their_bounds() -> None:
    with pytest.raises(ParameterError, match=r"^tau must be positive, got -1.0 ms$"):
        export(RateModel.single(), "c", tau=-1)


def test_the_command_knows_the_same_formats() -> None:
    assert options.EXPORTS == exports.FORMATS


@pytest.mark.parametrize("to", exports.FORMATS)
def test_the_command_prints_what_python_returns(to: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["export", "wilson-cowan", "--to", to, "--set", "w_EE=10"]) == 0
    assert capsys.readouterr().out == export(RateModel.wilson_cowan(), to, w_EE=10)


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.c"
    assert cli.run(["export", "--to", "c", "--transfer", "relu", "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_text() == export(RateModel.single(transfer.relu), "c")


REFUSALS = [
    (["export"], "export needs --to FORMAT, one of: xpp, brian2, sbml, pyrates, c, javascript, latex"),
    (
        ["export", "--to", "sbmll"],
        "unknown format 'sbmll'; did you mean 'sbml'? (known: xpp, brian2, sbml, pyrates, c, javascript, latex)",
    ),
    (
        ["export", "--to", "c", "--set", "thetha=1"],
        "unknown parameter 'thetha' for model 'single'; did you mean 'theta'? (known: tau, a, theta, w, I_ext)",
    ),
    (["export", "--to", "c", "--set", "tau=0"], "tau must be positive, got 0.0 ms"),
    (
        ["export", "--to", "c", "--out", "no/such/file.c"],
        "there is no folder no/such: make it first, or choose another --out",
    ),
]


@pytest.mark.parametrize(("arguments", "line"), REFUSALS)
def test_the_command_refuses_in_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    assert capsys.readouterr() == ("", f"nullcline: {line}\n")


def test_the_command_writes_through_no_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = tmp_path / "link.c"
    link.symlink_to(tmp_path / "elsewhere.c")
    assert cli.run(["export", "--to", "c", "--out", str(link)]) == 2
    assert "is a symbolic link: name the file itself" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere.c").exists()
