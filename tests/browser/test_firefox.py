"""The page in Firefox, whose formulas and fonts are set by other hands than Chromium's."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from browsers import CASES, PHONE, WIDE, report
from firefox import Firefox
from nullcline.reports.wording import lines
from nullcline.symbolic.typeset import to_latex

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_is_whole_and_quiet_in_firefox(
    firefox: Firefox, pages: Callable[[str], Path], name: str, size: tuple[int, int]
):
    path = pages(name)
    firefox.open(path, size)
    firefox.ask("""
        for (const each of document.querySelectorAll("details")) each.open = true;
        await document.fonts.ready;
    """)
    assert firefox.ask("return document.scrollingElement.scrollWidth") <= size[0]
    assert firefox.complaints == []
    assert [url for url in firefox.requests if not url.startswith((path.as_uri(), "data:"))] == []
    assert firefox.ask("return document.fonts.check('16px \"Nullcline Maths\"')")
    _keep(firefox, f"{name}-firefox-{size[0]}")


def test_an_equation_is_copied_as_latex_in_firefox(firefox: Firefox, pages: Callable[[str], Path]):
    firefox.open(pages("sigmoid"), WIDE)
    for entry in report("sigmoid").entries[:3]:
        copied = firefox.ask(f"""
            const button = document.querySelector("#step-{entry.step.key} > .copy");
            button.click();
            while (button.textContent === "copy LaTeX") await new Promise(requestAnimationFrame);
            return button.textContent === "copied" && await navigator.clipboard.readText();
        """)
        assert copied == to_latex(lines(entry.step)[0])


def test_the_explorer_runs_in_firefox(firefox: Firefox, pages: Callable[[str], Path]):
    firefox.open(pages("sigmoid"), WIDE)
    found = report("sigmoid").fixed_points
    shown = "return Array.from(document.querySelectorAll('#explorer tr[data-r]'), (row) => Number(row.dataset.r))"
    assert firefox.ask(shown) == pytest.approx(found.r.tolist(), rel=1e-12)
    firefox.ask("""
        const slider = document.querySelector('#explorer input[type=range][data-param="w"]');
        slider.value = 0;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        for (let i = 0; i < 5; i += 1) await new Promise(requestAnimationFrame);
    """)
    assert len(firefox.ask(shown)) == 1
    assert firefox.complaints == []


def test_firefox_prints_the_page(firefox: Firefox, pages: Callable[[str], Path]):
    firefox.open(pages("sigmoid"), WIDE)
    assert firefox.printed().startswith(b"%PDF")


def _keep(firefox: Firefox, name: str) -> None:
    folder = os.environ.get("NULLCLINE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(firefox.picture())
