"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
from pathlib import Path

import pytest

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).parents[1]


def module_names() -> list[str]:
    """All modules, by the names they are imported by: run by path they would not find their relatives."""
    paths = [
        path.relative_to(ROOT)
        for folder in ("symbolic", "numeric", "reports")
        for path in (ROOT / folder).rglob("*.py")
    ]
    return sorted(".".join(("nullcline", *path.with_suffix("").parts)).removesuffix(".__init__") for path in paths)


@pytest.mark.parametrize("name", module_names())
def test_the_examples_of(name: str):
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.failed == 0, "the output above has the examples that failed"


PAGES = ("accuracy.md", "models.md", "report-json.md", "reports.md", "simulation.md")


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{page}" for page in PAGES)])
def test_the_examples_of_the_page(page: str):
    results = doctest.testfile(str(ROOT / page), module_relative=False)
    assert results.attempted > 0
    assert results.failed == 0, "the output above has the examples that failed"


def test_no_page_is_forgotten():
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == set(PAGES)
