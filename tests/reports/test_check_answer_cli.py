"""`nullcline check-answer`: the grade as text, as JSON and as an exit code; formulas are read and never run."""

import json

import pytest
from nullcline.reports import cli

BISTABLE = ["--set", "w=5", "--set", "I_ext=0.5"]


def graded(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(["check-answer", *arguments, *BISTABLE])
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


@pytest.mark.parametrize(
    ("arguments", "checked"),
    [
        (["--fixed-points", "0.042,0.447,0.900"], "3 fixed points listed, 3 there are"),
        (["--fixed-points", "0.900:stable, 0.042:stable, 0.447:unstable"], "3 fixed points listed, 3 there are"),
        (["--F", "1/(1+exp(-a*(x-theta))) - 1/(1+exp(a*theta))"], "F at 203 inputs, 7 sets of parameters"),
        (["--dF", "a*exp(-a*(x-theta))/(1+exp(-a*(x-theta)))^2"], "dF at 203 inputs, 7 sets of parameters"),
        (["--drdt", "(-r + F(w*r + I_ext))/tau"], "drdt at 77 rates, 7 sets of parameters"),
        (["--eigenvalue", "(-1 + w*dF(w*r + I_ext))/tau"], "eigenvalue at 23 fixed points, 17 sets of parameters"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_is_right_is_exit_code_0(arguments: list[str], checked: str, capsys):
    code, out = graded(capsys, *arguments)
    assert (code, out.splitlines()[0]) == (0, f"Right ({checked})")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fixed-points", "0.042,0.447,0.447"], "fixed_points: you list 0.447 twice and miss 0.900"),
        (["--fixed-points", ""], "fixed_points: you miss 0.042, 0.447 and 0.900"),
        (
            ["--fixed-points", "0.042:stable,0.447:stable,0.900:stable"],
            "fixed_points: 0.447 is unstable, not stable: its eigenvalue is 0.498 1/ms",
        ),
        (
            ["--F", "1/(1+exp(-a*(x-theta)))"],
            "F: F(x = 4) with a = 1.2, theta = 2.8 is 0.774885, yours is 0.808455: "
            "the term -1/[1 + e^(a θ)] is missing, which makes F(0) = 0",
        ),
        (
            ["--eigenvalue", "(-1 + dF(w*r + I_ext))/tau"],
            "eigenvalue: eigenvalue(r = 0.447119) with tau = 1, a = 1.2, theta = 2.8, w = 5, I_ext = 0.5 is 0.497762, "
            "yours is -0.700448: the factor w is missing (the chain rule)",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_exit_code_1_and_told(arguments: list[str], told: str, capsys):
    code, out = graded(capsys, *arguments)
    assert (code, out.splitlines()[1:]) == (1, [f"  - {told}"])


def test_a_grade_for_programs(capsys):
    code, out = graded(capsys, "--fixed-points", "0.042,0.447,0.447", "--drdt", "(-r + F(w*r + I_ext))/tau", "--json")
    document = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert code == 1
    assert (document["right"], document["model"], document["notes"]) == (False, "single", [])
    (finding,) = document["findings"]
    assert (finding["about"], finding["sentence"]) == ("fixed_points", "you list 0.447 twice and miss 0.900")


def test_another_model_and_a_tolerance(capsys):
    assert cli.run(["check-answer", "--transfer", "tanh", "--F", "tanh(a*(x - theta)) + tanh(a*theta)"]) == 0
    assert cli.run(["check-answer", "--fixed-points", "0.05,0.45,0.89", "--tolerance", "0.02", *BISTABLE]) == 0
    assert cli.run(["check-answer", "--fixed-points", "0.05,0.45,0.89", *BISTABLE]) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ([], ["there is nothing to grade: give --F, --dF, --drdt, --eigenvalue or --fixed-points"]),
        (["--fixed-points", "0.042;0.447"], ["fixed-points must be a number, got '0.042;0.447'"]),
        (["--fixed-points", "0.042,,0.9"], ["fixed-points needs rates, as in 0.042,0.447,0.900, got '0.042,,0.9'"]),
        (["--fixed-points", "0.9:"], ["fixed-points needs rates, as in 0.042,0.447,0.900, got '0.9:'"]),
        (
            ["--fixed-points", "0.9:stabel"],
            [
                "unknown stability 'stabel'; did you mean 'stable'? (known: stable, unstable, half-stable, "
                "stable-nonhyperbolic, nonsmooth, undecided)"
            ],
        ),
        (["--fixed-points", "0.9", "--tolerance", "0"], ["tolerance must be positive, got 0.0"]),
        (["--F", "1/(1+exp(-a(x-theta)))"], ["'a' is a parameter, not a function: write a*(x-theta)"]),
        (["--F", "__import__('os').system('true')"], ["'__import__' is no name: 1 to 32 letters"]),
        (["--F", "F(x)"], ["unknown function 'F'"]),
        (["--drdt", "(-x + F(x))/tau"], ["unknown name 'x'"]),
        (
            ["wilson-cowan", "--fixed-points", "0.9"],
            ["answers are graded for one population, model 'wilson-cowan' has 2: choose a model of one"],
        ),
        (["--drdt", "(-r + F)/tau"], ["'F' is a function: write F(...)"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refusal_is_exit_code_2(arguments: list[str], lines: list[str], capsys):
    assert cli.run(["check-answer", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"nullcline: {lines[0]}")


def test_a_list_graded_at_the_defaults_says_at_which(capsys: pytest.CaptureFixture[str]):
    assert cli.run(["check-answer", "--fixed-points", "0.00"]) == 0
    told = capsys.readouterr().err
    assert told == (
        "note: The fixed points are those at the defaults, tau=1, a=1.2, theta=2.8, w=0, I_ext=0: others with --set.\n"
    )
    assert cli.run(["check-answer", "--fixed-points", "0.042,0.447,0.900", "--set", "w=5", "--set", "I_ext=0.5"]) == 0
    assert capsys.readouterr().err == ""
