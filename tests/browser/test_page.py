"""The page as a browser shows it: whole, quiet, legible at every size, in both colours and on paper."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browsers import PHONE, WIDE, Reader, report
from nullcline.numeric import fixed_points
from nullcline.reports.wording import lines
from nullcline.symbolic.notation import broken, extent
from nullcline.symbolic.typeset import to_latex

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true;"


def test_nothing_is_asked_of_the_network_and_nothing_goes_wrong(reader: Reader):
    reader.open().ask(OPEN_ALL + "window.scrollTo(0, document.body.scrollHeight); await document.fonts.ready;")
    assert reader.complaints() == []
    assert reader.requests() == []
    fetched = reader.ask("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [name for name in fetched if not name.startswith("data:")] == []


def test_a_page_that_asks_or_fails_would_be_noticed(chromium: Any, tmp_path: Path):
    path = tmp_path / "asking.html"
    path.write_text('<!DOCTYPE html><link rel="icon" href="data:,"><img src="other.png"><script>missing()</script>')
    asking = Reader(chromium, path).open()
    assert [Path(url).name for url in asking.requests()] == ["other.png"]
    assert any("missing is not defined" in told for told in asking.complaints())


def test_the_page_scrolls_in_one_direction_only(reader: Reader):
    reader.open()
    for size in (WIDE, (768, 1024), PHONE):
        reader.emulate(size=size)
        reader.ask(OPEN_ALL + "await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);")
        assert reader.ask("return [innerWidth, document.scrollingElement.scrollWidth]") == [size[0], size[0]]
        # What is wider than the page stands in a box of its own that is reached and scrolled by keyboard.
        unreached = reader.ask("""
            return Array.from(document.querySelectorAll(".lines, .table, pre"))
                .filter((box) => box.scrollWidth > box.clientWidth && box.tabIndex < 0)
                .map((box) => box.closest("[id]").id)
        """)
        assert unreached == []
        reader.ask("window.scrollTo(0, 0); for (const each of document.querySelectorAll('details')) each.open = false;")
        reader.keep(str(size[0]), whole=True)


def test_the_fonts_of_the_page_are_the_ones_it_carries(sigmoid: Reader):
    sigmoid.open()
    assert sorted(
        sigmoid.ask("""
        await document.fonts.ready;
        return Array.from(document.fonts).filter((font) => font.status === "loaded")
            .map((font) => `${font.family.replaceAll('"', "")} ${font.weight} ${font.style}`)
    """)
    ) == [
        "Nullcline Maths normal normal",
        "Nullcline Text 600 normal",
        "Nullcline Text normal italic",
        "Nullcline Text normal normal",
    ]


def test_the_fixed_points_shown_are_those_that_are_computed(sigmoid: Reader):
    sigmoid.open()
    found = fixed_points(report("sigmoid").model, w=5, I_ext=0.5)
    rows = sigmoid.ask("""
        return Array.from(document.querySelectorAll("main .fixed-points tr[data-r]"),
            (row) => [Number(row.dataset.r), Number(row.dataset.eigenvalue), row.dataset.stability, row.innerText])
    """)
    assert [row[:3] for row in rows] == [
        list(row) for row in zip(found.r, found.eigenvalue, found.stability, strict=True)
    ]
    for r, eigenvalue, stability, text in rows:
        shown = [cell.replace("−", "-") for cell in text.split("\t")]
        # Four decimals are shown.
        assert float(shown[1]) == pytest.approx(r, abs=6e-6 + 5e-4 * abs(r))
        assert float(shown[3]) == pytest.approx(eigenvalue, abs=6e-6 + 5e-4 * abs(eigenvalue))
        assert shown[-1] == stability


def test_an_equation_is_copied_as_latex(reader: Reader):
    reader.open()
    reader.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    for entry in report(reader.path.stem).entries:
        written = [to_latex(line) for line in lines(entry.step)]
        button = reader.driver.find_element("css selector", f"#step-{entry.step.key} > .copy")
        assert button.accessible_name == f"copy LaTeX of equation {entry.number}"
        reader.driver.execute_script("arguments[0].focus()", button)
        button.send_keys("\ue007")  # Enter
        text = reader.ask(
            """
            while (given[0].textContent === "copy LaTeX") await new Promise(requestAnimationFrame);
            return await navigator.clipboard.readText()
        """,
            button,
        )
        if len(written) == 1:
            assert text == written[0]
        else:
            assert text == "\\begin{gathered}\n" + " \\\\\n".join(written) + "\n\\end{gathered}"
        assert button.text == "copied"
        said = reader.ask(
            "await new Promise(requestAnimationFrame); return document.querySelector('[role=status]').textContent"
        )
        assert said == f"LaTeX of equation {entry.number} copied"


def test_the_keyboard_goes_through_the_page_in_the_order_of_reading(sigmoid: Reader):
    sigmoid.open()
    body = sigmoid.driver.find_element("tag name", "body")
    places = []
    for _ in range(60):
        body = sigmoid.driver.switch_to.active_element
        body.send_keys("\ue004")  # Tab
        places.append(
            sigmoid.ask("""
            const box = document.activeElement, style = getComputedStyle(box), at = box.getBoundingClientRect();
            return { what: box.className || box.getAttribute("href"), top: at.top + scrollY, width: at.width,
                ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, seen: style.opacity === "1",
                inside: at.left >= 0 && at.right <= innerWidth, in_main: box.closest("main") !== null }
        """)
        )
    assert places[0]["what"] == "skip"
    assert all(place["ring"] and place["seen"] and place["inside"] and place["width"] > 0 for place in places)
    read = [place["top"] for place in places if place["in_main"]]
    assert len(read) > 20
    # Two things in one line may stand a little apart; otherwise it goes down.
    assert all(after > before - 40 for before, after in pairwise(read))


def test_the_skip_link_leads_past_the_contents(sigmoid: Reader):
    sigmoid.open()
    sigmoid.driver.switch_to.active_element.send_keys("\ue004")
    sigmoid.driver.switch_to.active_element.send_keys("\ue007")
    sigmoid.driver.switch_to.active_element.send_keys("\ue004")
    assert sigmoid.ask("return document.activeElement.closest('main') !== null")


def test_the_contents_say_where_one_is(reader: Reader):
    reader.open()
    entries = report(reader.path.stem).entries
    for entry in (entries[0], entries[len(entries) // 2]):
        marked = reader.ask(
            """
            document.getElementById(given[0]).scrollIntoView();
            scrollBy(0, -0.1 * innerHeight);
            for (let i = 0; i < 6; i += 1) await new Promise(requestAnimationFrame);
            return Array.from(document.querySelectorAll(".contents [aria-current]"),
                (link) => [link.hash, link.checkVisibility(), link.closest("nav").getBoundingClientRect().top])
        """,
            f"step-{entry.step.key}",
        )
        assert marked == [[f"#step-{entry.step.key}", True, 0]]


def test_the_number_of_a_step_is_the_link_to_it(sigmoid: Reader):
    sigmoid.open(at="#step-eigenvalue")
    assert abs(sigmoid.ask("return document.getElementById('step-eigenvalue').getBoundingClientRect().top")) < 60
    link = sigmoid.driver.find_element("css selector", "#step-cusp h3 a")
    link.click()
    assert sigmoid.driver.current_url.endswith("#step-cusp")


def test_formulas_are_about_as_wide_as_they_were_taken_to_be(reader: Reader):
    measured = reader.open().ask("""
        await document.fonts.ready;
        const width = (math) => math.getBoundingClientRect().width / parseFloat(getComputedStyle(math).fontSize);
        const widths = (step) => Array.from(step.querySelectorAll(".line > math"), width);
        return Array.from(document.querySelectorAll(".step"), widths);
    """)
    entries = report(reader.path.stem).entries
    assert len(measured) == len(entries)
    for entry, widths in zip(entries, measured, strict=True):
        for line, width in zip(lines(entry.step), widths, strict=True):
            # Near enough that a line taken to fit does: the column has a fifth to spare on paper.
            assert extent(broken(line, 34)) == pytest.approx(width, rel=0.25, abs=1), entry.step.key


def test_without_its_script_the_page_says_the_same(reader: Reader):
    text = """
        return Array.from(document.querySelectorAll(".abstract, .chapter:not(#explorer)"), (part) => part.innerText)
            .join(" ").replaceAll("copy LaTeX", "").replace(/\\s+/g, " ")
    """
    scripted = reader.open().ask(OPEN_ALL + text)
    reader.open(script=False)
    try:
        plain = reader.driver.execute_script(OPEN_ALL + text)
        seen = "return Array.from(document.querySelectorAll('button, input')).filter((e) => e.checkVisibility()).length"
        assert reader.driver.execute_script(seen) == 0
    finally:
        reader.command("Emulation.setScriptExecutionDisabled", value=False)
    assert plain == scripted


def test_the_page_stays_within_a_megabyte(reader: Reader):
    assert reader.path.stat().st_size < 1_000_000


def test_who_asks_for_no_motion_gets_none(sigmoid: Reader):
    moving = """
        const moves = (each) => {
            const style = getComputedStyle(each);
            const times = `${style.transitionDuration},${style.animationDuration}`.split(",");
            return times.some((time) => parseFloat(time) > 0);
        };
        return [getComputedStyle(document.documentElement).scrollBehavior,
            Array.from(document.querySelectorAll("*")).filter(moves).length]
    """
    assert sigmoid.open(still=True).ask(moving) == ["auto", 0]
    assert sigmoid.open(still=False).ask(moving)[0] == "smooth"


# Colours --------------------------------------------------------------------------------------------------------------

COLOURS = """
    const page = getComputedStyle(document.body), curve = document.querySelector("figure svg [style*='--fig-blue']");
    return [page.backgroundColor, page.color, getComputedStyle(curve).stroke]
"""


def test_the_page_is_dark_where_dark_is_preferred(reader: Reader):
    light = reader.open(dark=False).ask(COLOURS)
    reader.emulate(dark=True)
    dark = reader.ask(COLOURS)
    reader.keep("dark", whole=True)
    assert all(before != after for before, after in zip(light, dark, strict=True))
    assert _lightness(light[0]) > 0.9 > 0.2 > _lightness(light[1])
    assert _lightness(dark[1]) > 0.6 > 0.1 > _lightness(dark[0])


def test_the_reader_may_change_the_colours(sigmoid: Reader):
    for dark in (False, True):
        before = sigmoid.open(dark=dark).ask(COLOURS)
        other = Reader(sigmoid.driver, sigmoid.path)
        toggle = sigmoid.driver.find_element("css selector", ".colours")
        assert toggle.accessible_name == f"Change to {'light' if dark else 'dark'} colours"
        toggle.click()
        changed = sigmoid.ask(COLOURS)
        assert toggle.accessible_name == f"Change to {'dark' if dark else 'light'} colours"
        toggle.click()
        assert sigmoid.ask(COLOURS) == before
        assert other.open(dark=not dark).ask(COLOURS) == changed


def _lightness(colour: str) -> float:
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# On paper -------------------------------------------------------------------------------------------------------------

A4 = 210 / 25.4 * 96  # pixels


def test_on_paper_nothing_is_cut(reader: Reader):
    data = reader.open().printed()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") > 3
    # The text is as wide as the paper between the margins that the style sheet asks for.
    column = round(A4 - 2 * 24 / 25.4 * 96)
    reader.emulate(size=(column, 1000), medium="print")
    beyond = reader.ask("""
        const seen = (each) => each.checkVisibility() && each.getClientRects().length > 0
            && getComputedStyle(each).position !== "absolute" && !each.closest("svg *, annotation");
        return Array.from(document.querySelectorAll("main *")).filter(seen)
            .map((each) => [each.tagName, each.closest("[id]").id, each.getBoundingClientRect()])
            .filter(([tag, id, box]) => box.left < -0.5 || box.right > innerWidth + 0.5)
            .map(([tag, id, box]) => [tag, id, Math.round(box.right)])
    """)
    assert beyond == []


def test_paper_is_white_whatever_the_screen_is(sigmoid: Reader):
    sigmoid.open(dark=True)
    sigmoid.emulate(dark=True, medium="print")
    page, ink, _ = sigmoid.ask(COLOURS)
    assert (page, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
