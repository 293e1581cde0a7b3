"""The pages, and the browsers that show them."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import CASES, Reader, missing, report
from firefox import Firefox
from nullcline.reports.formats.as_html import as_html


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the file of a page by the name of its case; it is written once."""
    folder = tmp_path_factory.mktemp("pages")

    def written(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(as_html(report(name)), encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium that logs what a page says on its console and what it asks the network for."""
    webdriver = _selenium()
    browser, driver = _program("chromium", "chromium-browser", "google-chrome"), shutil.which("chromedriver")
    if not (browser and driver):
        raise missing("chromium and chromium-driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1440,1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield opened
    opened.quit()


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    if importlib.util.find_spec("websocket") is None:
        raise missing("websocket-client is not installed: python -m pip install '.[browser]'")
    program = _program("firefox-esr", "firefox")
    if not program:
        raise missing("firefox-esr is not installed")
    opened = Firefox(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


def _program(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def _selenium() -> Any:
    try:
        from selenium import webdriver
    except ImportError:
        raise missing("selenium is not installed: python -m pip install '.[browser]'") from None
    return webdriver


@pytest.fixture(params=list(CASES))
def reader(request: pytest.FixtureRequest, chromium: Any, pages: Callable[[str], Path]) -> Reader:
    """Each page in Chromium."""
    return Reader(chromium, pages(request.param))


@pytest.fixture
def sigmoid(chromium: Any, pages: Callable[[str], Path]) -> Reader:
    """The page of the tutorial's bistable case in Chromium."""
    return Reader(chromium, pages("sigmoid"))
