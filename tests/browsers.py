"""Pages in real browsers, without a window; what is missing skips the test by name.

Chromium is driven by selenium, over the driver that Debian has, and Firefox by tests/firefox.py. With
NULLCLINE_ALL_BROWSERS=1 a missing one is a failure and no skip. Pictures of the pages are kept in the folder
NULLCLINE_SCREENSHOTS, if that is set.
"""

import json
import os
import time
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from nullcline.reports import Report
from nullcline.symbolic import RateModel, load_model, transfer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

# One page of each kind: smooth, with a kink, unbounded, two populations, and a formula of one's own.
CASES: dict[str, Callable[[], Report]] = {
    "sigmoid": lambda: Report.of(RateModel.single(), w=5, I_ext=0.5),
    "relu": lambda: Report.of(RateModel.single(transfer.relu), w=0.5, I_ext=3.0),
    "power": lambda: Report.of(RateModel.single(transfer.power), w=0.5, I_ext=0.5),
    "wilson-cowan": lambda: Report.of(RateModel.wilson_cowan()),
    "nonmonotone": lambda: Report.of(load_model(EXAMPLES / "nonmonotone.toml")),
}

WIDE, PHONE = (1440, 900), (390, 844)


def missing(why: str) -> BaseException:
    if os.environ.get("NULLCLINE_ALL_BROWSERS"):
        return AssertionError(why)
    return pytest.skip.Exception(why)


@cache
def report(name: str) -> Report:
    return CASES[name]()


class Reader:
    """A browser with a page open, and what a reader may do to it."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver = driver
        self.path = path

    def open(
        self, *, size: tuple[int, int] = WIDE, dark: bool = False, still: bool = True, script: bool = True, at: str = ""
    ) -> "Reader":
        """Load the page at a size of window, in light or dark colours, with motion or still, with its script or not."""
        self.command("Emulation.setScriptExecutionDisabled", value=not script)
        self.emulate(size=size, dark=dark, still=still)
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get("about:blank")
        self.driver.get(f"{self.path.as_uri()}{at}")
        # Without scripts the driver does not wait for the end of the page.
        deadline = time.monotonic() + 60
        while self.driver.execute_script("return document.readyState") != "complete":
            assert time.monotonic() < deadline, "the page does not load"
        return self

    def emulate(
        self, *, size: tuple[int, int] = WIDE, dark: bool = False, still: bool = True, medium: str = ""
    ) -> None:
        width, height = size
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        self.command("Emulation.setEmulatedMedia", media=medium, features=features)

    def command(self, name: str, /, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def ask(self, script: str, *arguments: Any) -> Any:
        """Return what a script returns; it may be asynchronous (`await`)."""
        answer = self.driver.execute_async_script(
            "const given = Array.from(arguments), done = given.pop();"
            f"(async (...given) => {{ {script} }})(...given)"
            ".then((value) => done({ value }), (error) => done({ error: String(error.stack) }));",
            *arguments,
        )
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses the page has asked for, itself and what it carries within left out."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith(("data:", self.path.as_uri(), "about:blank"))]

    def keep(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture for a person to look at."""
        folder = os.environ.get("NULLCLINE_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            taken = self.command("Page.captureScreenshot", captureBeyondViewport=whole)
            (Path(folder) / f"{self.path.stem}-{name}.png").write_bytes(b64decode(taken["data"]))

    def printed(self) -> bytes:
        """Return the page as the browser prints it, and keep it."""
        data = b64decode(self.command("Page.printToPDF", preferCSSPageSize=True)["data"])
        folder = os.environ.get("NULLCLINE_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / f"{self.path.stem}.pdf").write_bytes(data)
        return data
