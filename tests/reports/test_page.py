"""The HTML page: well formed, offline, reproducible, and saying what the report says."""

import base64
import hashlib
import html
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from nullcline.numeric import fixed_points
from nullcline.reports import Report
from nullcline.reports.content import Entry
from nullcline.reports.formats.as_html import as_html
from nullcline.reports.formats.assets import script
from nullcline.reports.formats.markup import sentence
from nullcline.reports.origin import command_line
from nullcline.reports.wording import lines
from nullcline.symbolic import Derivation, Population, RateModel, transfer
from nullcline.symbolic.typeset import to_latex

VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr"}


class Outline(HTMLParser):
    """Every element with its attributes and text, and what is wrong with the nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) < len(attrs):
            self.wrong.append(f"{tag} has an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def having(self, name: str) -> list[tuple[str, str]]:
        return [(tag, value) for tag, attributes in self.elements if (value := attributes.get(name)) is not None]


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_the_markup_is_well_formed(outline: Outline):
    assert outline.wrong == []


def test_every_formula_and_figure_is_well_formed_xml(page: str):
    formulas = re.findall(r"<math\b.*?</math>", page, flags=re.DOTALL)
    drawings = re.findall(r"<svg\b.*?</svg>", page, flags=re.DOTALL)
    assert len(formulas) > 100
    assert len(drawings) == 5
    for text in formulas + drawings:
        ElementTree.fromstring(text)


def test_every_id_is_there_once_and_every_link_leads_somewhere(outline: Outline):
    ids = [value for _, value in outline.having("id")]
    assert len(ids) == len(set(ids))
    # What follows an ampersand is for the explorer to read.
    targets = [value.removeprefix("#").split("&")[0] for _, value in outline.having("href")]
    targets += [name for which in ("aria-labelledby",) for _, value in outline.having(which) for name in value.split()]
    assert set(targets) <= set(ids)


def test_the_page_asks_the_network_for_nothing(page: str, outline: Outline):
    assert all(value.startswith("#") for _, value in outline.having("href"))
    assert outline.having("src") == []
    assert {tag for tag, _ in outline.elements} & {"link", "iframe", "object", "embed", "base", "img"} == set()
    assert all(url.startswith(("data:font/woff2;", "#")) for url in re.findall(r'url\("?([^")]*)', page))
    assert "@import" not in page
    # The only addresses are names of XML vocabularies.
    assert set(re.findall(r"https?://[^\s\"'<)]*", page)) <= {"http://www.w3.org/2000/svg"}


def test_the_policy_of_the_page_allows_its_own_scripts_and_no_other(page: str):
    policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert len(policy) == 1
    allowed = dict(part.split(" ", 1) for part in html.unescape(policy[0]).split("; "))
    assert allowed["default-src"] == "'none'"
    scripts = re.findall("<script>(.*?)</script>", page, flags=re.DOTALL)
    assert scripts
    assert page.count("<script") == len(scripts)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert allowed["script-src"].split() == [f"'sha256-{digest}'" for digest in digests]


def test_a_script_cannot_end_its_element():
    assert script('say("</script><!-- x")') == 'say("<\\/script><\\!-- x")'


def test_each_equation_carries_its_latex(bistable: Report, page: str):
    for entry in bistable.entries:
        section = page[page.index(f'<section id="step-{entry.step.key}"') :]
        section = section[: section.index("</section>")]
        carried = re.findall('<annotation encoding="application/x-tex">(.*?)</annotation>', section, flags=re.DOTALL)
        assert [html.unescape(text) for text in carried] == [to_latex(line) for line in lines(entry.step)]


def test_the_contents_list_every_chapter_and_step(bistable: Report, page: str):
    contents = page[page.index('<nav class="contents"') : page.index("</nav>")]
    places = [f"#{key}" for chapter in bistable.chapters for key in (chapter.key, *map(_place, chapter.entries))]
    assert re.findall('href="([^"]*)"', contents) == ["#explorer", *places]


def test_each_chapter_and_step_has_a_link_to_itself(bistable: Report, page: str):
    places = {f"#{key}" for chapter in bistable.chapters for key in (chapter.key, *map(_place, chapter.entries))}
    anchors = re.findall('<a class="number anchor" href="([^"]*)"', page)
    assert set(anchors) == places
    assert len(anchors) == len(places)


def _place(entry: Entry) -> str:
    return f"step-{entry.step.key}"


def test_the_page_is_smaller_than_a_megabyte(page: str):
    assert len(page.encode()) < 1_000_000


def test_every_step_is_there_with_its_verdict(bistable: Report, outline: Outline):
    verdicts = {
        attributes["id"]: attributes["data-verdict"]
        for tag, attributes in outline.elements
        if tag == "section" and attributes.get("class") == "step"
    }
    expected = {f"step-{key}": str(bistable.verification.verdict(key)) for key in bistable.derivation}
    assert verdicts == expected
    contents = 1 + len(bistable.chapters) + len(bistable.entries)
    assert sum(tag == "li" for tag, _ in outline.elements) == len(bistable.verification.results) + contents


def test_the_fixed_points_are_there_to_the_last_bit(outline: Outline):
    found = fixed_points(RateModel.single(), w=5, I_ext=0.5)
    rows = [attributes for tag, attributes in outline.elements if tag == "tr" and "data-r" in attributes]
    assert [float(row["data-r"] or "") for row in rows] == found.r.tolist()
    assert [float(row["data-eigenvalue"] or "") for row in rows] == found.eigenvalue.tolist()
    assert [row["data-stability"] for row in rows] == found.stability.tolist()


def test_headings_go_down_one_level_at_a_time(outline: Outline):
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_who_does_not_see_the_page_can_read_it(outline: Outline):
    tags = [tag for tag, _ in outline.elements]
    assert ("html", {"lang": "en"}) in outline.elements
    assert [tags.count(tag) for tag in ("main", "header", "footer")] == [1, 1, 1]
    labels = [attributes.get("aria-label") for tag, attributes in outline.elements if tag == "nav"]
    assert labels == ["Contents", "Questions to explore"]
    # The report's three, those with the numbers of its five figures, and the explorer's fixed points.
    assert tags.count("caption") == tags.count("table") == 3 + 7 + 1
    assert all(attributes.get("scope") for tag, attributes in outline.elements if tag == "th")
    assert all(attributes.get("role") == "img" for tag, attributes in outline.elements if tag == "svg")
    assert tags.count("figcaption") == tags.count("figure") == tags.count("desc") == 5


def test_figures_take_their_colours_from_the_style_sheet(page: str):
    drawings = "".join(re.findall(r"<svg\b.*?</svg>", page, flags=re.DOTALL))
    assert re.findall(r"#[0-9a-f]{6}\b", drawings) == []
    used = set(re.findall(r"var\((--[a-z-]+)\)", drawings))
    assert used == {"--ink", "--paper", "--fig-grey", "--fig-blue", "--fig-vermillion"}
    assert all(f"{name}:" in page for name in used)


def test_a_derivation_that_fails_is_marked(monkeypatch: pytest.MonkeyPatch):
    model = RateModel.single(transfer.relu)
    monkeypatch.setattr(RateModel, "derive", _with_wrong_slope(model.derive()))
    report = Report.of(model)
    assert not report.ok
    page = as_html(report)
    assert '<header class="opening" data-state="failed">' in page
    assert '<details class="checks" open="">' in page
    refuted = re.findall('<section id="([^"]*)" class="step"[^>]*data-verdict="refuted">', page)
    assert refuted == ["step-transfer_derivative"]


def test_what_a_model_says_of_itself_is_escaped():
    model = RateModel.single(transfer.relu)
    hostile = replace(model.populations[0].transfer, title="</p><script>alert(1)</script> & so on")
    model = replace(model, populations=(replace(model.populations[0], transfer=hostile),))
    page = as_html(Report.of(model))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in page


@pytest.mark.parametrize(
    "name", ["power", *(pytest.param(n, marks=pytest.mark.slow) for n in ("tanh", "softplus", "erf", "naka_rushton"))]
)
def test_every_transfer_function_has_its_page(name: str):
    report = Report.of(RateModel.single(transfer.catalogue[name]), w=0.5)
    assert report.ok
    page = as_html(report)
    assert Outline(page).wrong == []
    for formula in re.findall(r"<math\b.*?</math>", page, flags=re.DOTALL):
        ElementTree.fromstring(formula)


@pytest.mark.slow
def test_two_populations_have_their_page():
    report = Report.of(RateModel.wilson_cowan())
    assert report.ok
    outline = Outline(as_html(report))
    assert outline.wrong == []
    rows = [attributes for tag, attributes in outline.elements if tag == "tr" and "data-r" in attributes]
    assert [[float(r) for r in (row["data-r"] or "").split()] for row in rows] == report.fixed_points.r.tolist()
    read = [[complex(e) for e in (row["data-eigenvalue"] or "").split()] for row in rows]
    assert read == report.fixed_points.eigenvalue.tolist()


def test_the_page_says_how_to_make_it_again(bistable: Report):
    assert command_line(bistable) == "nullcline report --set w=5 --set I_ext=0.5"


def test_the_command_that_is_printed_makes_the_same_report():
    report = Report.of(RateModel.single(transfer.relu), w=1.0000001)
    assert command_line(report) == "nullcline report single --transfer relu --set w=1.0000001"


def test_a_model_the_command_does_not_know_gets_no_command():
    mixed = RateModel.network((Population.named("E"), Population.named("I", transfer.relu)), ((1.0, 2.0), (3.0, 0.5)))
    renamed = replace(RateModel.single(transfer.relu), name="other")
    report = Report.of(renamed)
    assert command_line(report) is None
    assert "To write it again" not in as_html(report)
    assert command_line(replace(report, model=mixed)) is None


def test_punctuation_stays_with_the_formula_before_it():
    assert sentence("Shorten dt. So").startswith("Shorten <span")
    assert sentence("Shorten dt. So").endswith(".</span> So")
    assert sentence("Shorten dt now.").endswith("</math> now.")


def _with_wrong_slope(derivation: Derivation):
    """Derive only what the slope of F needs, with its sign turned round."""
    steps = [derivation[key] for key in ("rate_equation", "transfer")]
    slope = derivation["transfer_derivative"]
    equation = slope.equation
    assert equation is not None
    wrong = replace(slope, equation=equation.func(equation.lhs, -equation.rhs, evaluate=False))
    return lambda self: Derivation(self, (*steps, wrong))
