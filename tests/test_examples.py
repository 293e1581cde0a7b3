"""The models under examples/ are read, derived, verified and reported like any other."""

from pathlib import Path

import pytest
from nullcline.numeric import fixed_points, verify
from nullcline.reports import Report
from nullcline.symbolic import load_model

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
# How many fixed points, and how many of them stable, at the parameters of the file.
COUNTS = {
    "disinhibition": (1, 1),
    "nonmonotone": (3, 2),
    "normalisation": (3, 2),
    "refractory": (3, 2),
    "supralinear": (1, 1),
}


def test_each_example_is_known_and_cites_where_it_comes_from():
    assert EXAMPLES.keys() == COUNTS.keys()
    for path in EXAMPLES.values():
        head = path.read_text(encoding="utf-8").split("schema")[0]
        assert any(f" {year}, " in head for year in range(1950, 2030)), path.name


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_has_its_fixed_points(name):
    found = fixed_points(load_model(EXAMPLES[name]))
    assert (found.count, sum(s == "stable" for s in found.stability)) == COUNTS[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_has_its_report(name):
    report = Report.of(load_model(EXAMPLES[name]))
    assert report.ok
    # No bound is promised that no step derives.
    derived = {entry.step.key for entry in report.entries}
    promises = [chapter for chapter in report.chapters if "within bounds" in chapter.introduction]
    assert bool(promises) == ("trapping_region" in derived)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_passes_its_verification(name):
    found = verify(load_model(EXAMPLES[name]), examples=20)
    assert found.ok, repr(found)
