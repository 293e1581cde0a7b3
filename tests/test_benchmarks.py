"""The scripts in benchmarks/ run, and what they check holds; their ratios are read by people, on quiet machines."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


def ran(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def test_both_sides_of_each_speed_compute_the_same():
    lines = ran("speed.py", "--quick").splitlines()
    assert lines[0] in ("with numba", "without numba")
    assert len(lines) >= 10


def test_no_known_error_exceeds_its_bound():
    assert ran("accuracy.py", "--points", "60").count("\n") == 27


def test_no_fixed_point_is_missed_false_or_listed_twice():
    # The script ends with 1 where any is.
    assert ran("completeness.py", "--sets", "2000").count("\n") == 17


@pytest.mark.slow
def test_the_explorer_is_timed_for_every_function():
    assert ran("explorer.py", "--quick").count("\n") == 11


@pytest.mark.slow
def test_the_first_answer_is_timed():
    assert "beyond the imports" in ran("cold_start.py", "--rounds", "1")


@pytest.mark.slow
def test_a_report_is_timed_and_small():
    lines = ran("report.py", "--rounds", "1", "--models", "single", "refractory").splitlines()
    # Its size does not depend on how busy the machine is.
    assert [(line.split()[0], line.split()[-1]) for line in lines if " html " in line] == [
        ("single", "met"),
        ("refractory", "met"),
    ]


@pytest.mark.slow
def test_a_report_that_is_too_large_is_a_failure():
    asked = "import sys, report; sys.argv = ['report.py', '--rounds', '1', '--models', 'single']; "
    done = subprocess.run(
        [sys.executable, "-c", asked + "report.CEILING_BYTES = 1000; report.main()"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith("MISSED")
    assert done.stderr == "larger than 0.001 MB: single html\n"


@pytest.mark.slow
def test_the_reader_of_formulas_only_reads_or_refuses():
    assert ran("fuzz_formula.py", "--seconds", "60").endswith(" 0 faults\n")
