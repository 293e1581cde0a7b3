"""How an exported file runs: T, dt and r_init of a model file's [simulate] table, or what is given in Python."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from nullcline.numeric import simulate
from nullcline.reports import cli, export
from nullcline.reports.exports import FORMATS
from nullcline.symbolic import ParameterError, RateModel, load_model
from readers import output, program

pytestmark = pytest.mark.no_cover

SINGLE, PAIR = RateModel.single(), RateModel.wilson_cowan()
FILE = """schema = 1
name = "mine"
[transfer]
formula = "exp(-(x - theta)**2/2)"
[parameters]
theta = 1.0
w = 4.0
I_ext = -0.5
tau = { value = 10.0, unit = "ms" }
[simulate]
T = 3.0
dt = 0.5
r_init = 0.4
method = "heun"
"""
SEVERAL = """schema = 1
name = "two"
[populations.E]
sign = 1
[populations.E.transfer]
catalogue = "sigmoid"
[populations.E.parameters]
tau = 1.0
a = 1.2
theta = 2.8
I_ext = 0.0
[populations.I]
sign = -1
[populations.I.transfer]
catalogue = "sigmoid"
[populations.I.parameters]
tau = 2.0
a = 1.0
theta = 4.0
I_ext = 0.0
[weights]
EE = 9.0
EI = 4.0
IE = 13.0
II = 11.0
[simulate]
T = 7.0
dt = 0.25
r_init = { E = 0.1, I = 0.3 }
"""
# What says the duration, the step and where r starts, in each format that has it.
PLACES = {
    "xpp": [r"total=3\.0, dt=0\.5", r"xhi=3\.0", r"init r=0\.4"],
    "c": [r"dt = 0\.5;", r"steps = 6;", r"initial\[RATES\] = \{0\.4\}"],
    "javascript": [r"dt = 0\.5", r"initial = \[0\.4\]"],
    "brian2": [r"dt=0\.5 \* ms", r"run\(3\.25 \* ms\)", r"0\.4"],
    "pyrates": [r"step_size=0\.5", r"simulation_time=3\.5", r"variable\(0\.4\)"],
    "sbml": [r'value="0\.4"'],
}


def written(text: str) -> str:
    Path("my.toml").write_text(text, encoding="utf-8")
    return "my.toml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def exported(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> tuple[str, str]:
    assert cli.run(["export", *arguments]) == code
    return capsys.readouterr()


@pytest.mark.parametrize("to", PLACES)
def test_the_table_simulate_of_a_model_file_is_taken(to: str, capsys: pytest.CaptureFixture[str]):
    text, err = exported([written(FILE), "--to", to], capsys)
    assert err == ""
    for place in PLACES[to]:
        assert re.search(place, text), (place, text)


def test_without_a_table_the_time_constants_say_how_long_and_how_finely(capsys: pytest.CaptureFixture[str]):
    text, _ = exported([written(FILE.split("[simulate]")[0]), "--to", "xpp"], capsys)
    assert "@ total=200.0, dt=1.0, " in text
    assert "init r=0.2" in text


def test_what_a_table_does_not_have_keeps_its_default(capsys: pytest.CaptureFixture[str]):
    text, _ = exported([written(FILE.split("[simulate]")[0] + "[simulate]\nT = 50.0\n"), "--to", "xpp"], capsys)
    assert "@ total=50.0, dt=1.0, " in text


def test_each_population_starts_where_its_table_says(capsys: pytest.CaptureFixture[str]):
    path = written(SEVERAL)
    ode, c, js = (exported([path, "--to", to], capsys)[0] for to in ("xpp", "c", "javascript"))
    assert re.search(r"init r_E=0\.1\ninit r_I=0\.3", ode)
    assert "initial[RATES] = {0.1, 0.3}" in c
    assert "steps = 28;" in c
    assert "initial = [0.1, 0.3]" in js


def test_the_file_that_c_makes_of_it_is_the_run_that_simulate_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    compiler = program("gcc")
    exported([written(FILE.replace("heun", "rk4")), "--to", "c", "--out", "mine.c"], capsys)
    output([compiler, "-std=c99", "-O1", "mine.c", "-o", "mine", "-lm"], tmp_path)
    rows = output([str(tmp_path / "mine")], tmp_path).splitlines()
    table = np.array([[float(v) for v in re.split(r"[\s,]+", row.strip())] for row in rows if row[:1].isdigit()])
    run = simulate(load_model("my.toml"), T=3.5, dt=0.5, r_init=0.4, method="rk4")
    # The same scheme; what the rates of order 1 lose to rounding in 6 steps.
    np.testing.assert_allclose(table[:, 0], run.t, rtol=1e-12)
    np.testing.assert_allclose(table[:, 1], run.r, rtol=0, atol=64 * 2.0**-52)


def test_noise_is_said_to_be_left_out(capsys: pytest.CaptureFixture[str]):
    _, err = exported([written(FILE + "noise_sigma = 0.7\n"), "--to", "c"], capsys)
    assert err == "note: The noise of [simulate] is not in the export, which runs without it.\n"


def test_from_python_the_same_are_keywords():
    text = export(SINGLE, "xpp", T=5, dt=0.25, r_init=0.7, w=5)
    assert "@ total=5.0, dt=0.25, " in text
    assert "init r=0.7" in text
    assert "init r_E=0.1\ninit r_I=0.2" in export(PAIR, "xpp", r_init=[0.1, 0.2])
    for to in FORMATS:
        assert export(SINGLE, to, T=20, dt=0.1, r_init=0.2) == export(SINGLE, to)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"T": -1}, "T must be positive, got -1.0 ms"),
        ({"dt": 0}, "dt must be positive, got 0.0 ms"),
        ({"T": math.inf}, "T must be finite, got inf"),
        (
            {"r_init": [0.1, 0.2]},
            "r_init must be one rate a population in an export, got an array of shape (2,)",
        ),
        ({"r_init": "a"}, "r_init must be a number, got 'a' (str)"),
        (
            {"T": 1e9, "dt": 0.1},
            "T=1000000000.0 with dt=0.1 is 1e+10 steps, an export takes 10,000,000: choose a shorter T or a larger dt",
        ),
    ],
)
def test_a_run_that_cannot_be_is_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        export(SINGLE, "c", **given)
    assert str(refusal.value) == line


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str]):
    _, err = exported([written(FILE.replace("T = 3.0", "T = 3e9")), "--to", "c"], capsys, code=2)
    assert err.count("\n") == 1
    assert err.startswith("nullcline: T=3000000000.0 with dt=0.5 is 6e+09 steps")
