"""The explorer in a cell of a notebook, in a real browser: it draws by itself, as tall as it is, and alone."""

import time
from pathlib import Path
from typing import Any

import pytest
from nullcline.numeric import fixed_points
from nullcline.reports.explorer.cell import ExplorerCell, explorer_cell
from nullcline.symbolic import RateModel, transfer

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

MODEL = RateModel.single()

# A notebook's own style, which must not reach into the cell.
STYLE = "<style>* { color: lime !important; font-size: 40px; } svg, table { display: none; }</style>"


@pytest.fixture
def cell() -> ExplorerCell:
    return explorer_cell(MODEL, {"w": 5.0, "I_ext": 0.5})


@pytest.fixture
def browser(chromium: Any) -> Any:
    """Chromium as it opens: whatever size another test has given it, and with scripts."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.set_window_size(1100, 1400)
    return chromium


def eventually(condition, seconds: float = 10.0):
    """Return what a condition gives as soon as it holds."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return value


def page(folder: Path, *cells: ExplorerCell) -> str:
    path = folder / "notebook.html"
    outputs = "<hr>".join(cell._repr_mimebundle_()["text/html"] for cell in cells)
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8">{STYLE}<p>before</p>{outputs}', encoding="utf-8")
    return path.as_uri()


def test_cells_draw_by_themselves_and_are_as_tall_as_what_they_hold(browser: Any, tmp_path: Path, cell: ExplorerCell):
    other = explorer_cell(RateModel.single(transfer.tanh), {"w": 0.5})
    browser.get_log("browser")
    browser.get(page(tmp_path, cell, other))
    frames = browser.find_elements("css selector", "iframe.nullcline-explorer")
    for frame, shown in zip(frames, (cell, other), strict=True):
        found = fixed_points(shown.model, **shown.parameters)
        browser.switch_to.frame(frame)
        rows = eventually(lambda: browser.find_elements("css selector", "tr[data-r]"))
        rates = [float(row.get_attribute("data-r")) for row in rows]
        # A fixed point is found by both to some units in its last place, at these condition numbers.
        assert rates == pytest.approx(found.r.tolist(), rel=1e-12)
        drawn = browser.find_elements("css selector", "[data-panels] svg")
        assert len(drawn) >= 6
        assert all(each.is_displayed() for each in drawn[:1])
        colour = browser.find_element("css selector", "body").value_of_css_property("color")
        assert colour not in ("rgb(0, 255, 0)", "rgba(0, 255, 0, 1)")
        height = browser.execute_script("return document.documentElement.offsetHeight")
        browser.switch_to.default_content()
        assert eventually(lambda frame=frame, height=height: abs(frame.size["height"] - height) <= 1)
    # What a notebook shows that runs nothing is not seen where the frame runs.
    notes = [p for p in browser.find_elements("css selector", "p") if p.get_attribute("textContent") != "before"]
    assert [p.is_displayed() for p in notes] == [False, False]
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_a_slider_in_a_cell_moves_its_own_explorer_alone(browser: Any, tmp_path: Path, cell: ExplorerCell):
    browser.get(page(tmp_path, cell, cell))
    frames = browser.find_elements("css selector", "iframe.nullcline-explorer")

    def rows(frame) -> list[float]:
        browser.switch_to.frame(frame)
        found = eventually(lambda: browser.find_elements("css selector", "tr[data-r]"))
        rates = [float(row.get_attribute("data-r")) for row in found]
        browser.switch_to.default_content()
        return rates

    before = rows(frames[0])
    browser.switch_to.frame(frames[0])
    box = browser.find_element("css selector", 'input[type=number][data-param="w"]')
    browser.execute_script(
        "arguments[0].value = '0'; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));"
        "arguments[0].dispatchEvent(new Event('change', {bubbles: true}))",
        box,
    )
    browser.switch_to.default_content()
    assert eventually(lambda: len(rows(frames[0])) == 1)
    assert rows(frames[0]) == pytest.approx(fixed_points(MODEL, w=0.0, I_ext=0.5).r.tolist(), rel=1e-12)
    assert rows(frames[1]) == before


def test_the_page_of_a_cell_stands_alone(browser: Any, tmp_path: Path, cell: ExplorerCell):
    path = tmp_path / "explorer.html"
    path.write_text(cell.page, encoding="utf-8")
    browser.get_log("browser")
    browser.get(path.as_uri())
    assert eventually(lambda: len(browser.find_elements("css selector", "tr[data-r]")) == 3)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
