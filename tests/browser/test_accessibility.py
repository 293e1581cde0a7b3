"""No violation that axe-core finds, in light and dark colours, wide and narrow, with everything unfolded."""

from importlib.resources import files

import pytest
from browsers import PHONE, WIDE, Reader, missing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core, out of the package that carries it."""
    try:
        return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        raise missing("axe-core is not installed: python -m pip install '.[browser]'") from None


# Each kind of page once as most see it, and the one with everything in it at the other end: dark, and on a phone.
def test_axe_finds_nothing_wrong(reader: Reader, axe: str):
    assert _violations(_unfolded(reader, size=WIDE, dark=False), axe) == []


def test_axe_finds_nothing_wrong_with_a_dark_page_on_a_phone(sigmoid: Reader, axe: str):
    assert _violations(_unfolded(sigmoid, size=PHONE, dark=True), axe) == []


@pytest.mark.parametrize(
    ("preset", "dark"),
    [
        ("fi-curve", False),
        ("dynamics", False),
        ("fixed-points", False),
        ("initial-value", False),
        ("fixed-points", True),
    ],
)
def test_axe_finds_nothing_wrong_with_a_question_and_its_answer(sigmoid: Reader, axe: str, preset: str, dark: bool):
    sigmoid.open(dark=dark, at=f"#explorer&preset={preset}")
    revealed = sigmoid.ask("""
        const forms = Array.from(document.querySelectorAll("#explorer form")).filter((form) => form.checkVisibility());
        for (const form of forms) {
            const field = form.querySelector("input");
            if (field.type === "radio") field.click();
            else field.value = "1";
            field.dispatchEvent(new Event("input", { bubbles: true }));
            form.querySelector("button").click();
        }
        return forms.filter((form) => form.querySelector(".answer").checkVisibility()).length;
    """)
    assert revealed >= 1
    assert _violations(sigmoid, axe) == []


def test_axe_would_notice(sigmoid: Reader, axe: str):
    sigmoid.open()
    sigmoid.ask("""
        const image = document.createElement("img");
        image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
        const faint = document.createElement("p");
        faint.textContent = "hardly there";
        faint.style.color = "#ccc";
        document.querySelector("main").append(image, faint);
    """)
    assert {found[0] for found in _violations(sigmoid, axe)} == {"image-alt", "color-contrast"}


def _unfolded(reader: Reader, *, size: tuple[int, int], dark: bool) -> Reader:
    reader.open(size=size, dark=dark).ask("for (const each of document.querySelectorAll('details')) each.open = true;")
    return reader


def _violations(reader: Reader, axe: str) -> list[list[str]]:
    """Run axe-core over the page: the rule, what it says, and where."""
    reader.driver.execute_script(axe)
    return reader.ask("""
        const found = await axe.run(document, { resultTypes: ["violations"] });
        return found.violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.failureSummary, node.html]))
    """)
