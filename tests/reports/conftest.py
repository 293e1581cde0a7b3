"""The reports that several tests look at, made once a session."""

import pytest
from nullcline.reports import Report
from nullcline.reports.formats.as_html import as_html
from nullcline.symbolic import RateModel


@pytest.fixture(scope="session")
def bistable() -> Report:
    """The tutorial's bistable case."""
    return Report.of(RateModel.single(), w=5, I_ext=0.5)


@pytest.fixture(scope="session")
def page(bistable: Report) -> str:
    return as_html(bistable)
