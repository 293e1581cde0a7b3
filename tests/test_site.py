"""The site in docs/: what its pages promise is there, every link leads somewhere, and nothing is fetched."""

import doctest
import importlib
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from site_parts.accessible import mended
from site_parts.course_figures import DRAWN, MODEL
from site_parts.docstrings import as_restructured
from site_parts.explorer import PAGE, PRESETS
from site_parts.offline import loads, loads_of_site

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCES = {
    path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(DOCS.rglob("*.md"))
    if "_build" not in path.parts
}
PACKAGES = ("nullcline.symbolic", "nullcline.numeric", "nullcline.reports")

# What the tutorial defines, exercises included, and what stands in its place.
OF_THE_TUTORIAL = {
    "default_pars_single": "RateModel.single()",
    "F": "compile_model(model).F",
    "dF": ".dF",
    "simulate_single": "simulate(model",
    "compute_drdt": ".drdt",
    "my_fp_single": "fixed_points(model",
    "check_fp_single": "fixed_points(model",
    "my_fp_finder": "fixed_points(model",
    "eig_single": ".eigenvalue",
    "my_OU": "EulerMaruyamaOU(",
    "plot_fI": "plot_transfer",
    "plot_dFdt": "plot_transfer_derivative",
    "plot_dr_r": "plot_rate_of_change",
    "interactive_plot_FI": "preset=fi-curve",
    "Myplot_E_diffI_difftau": "preset=dynamics",
    "plot_intersection_single": "preset=fixed-points",
    "plot_single_diffEinit": "preset=initial-value",
}


@pytest.mark.parametrize(("theirs", "ours"), OF_THE_TUTORIAL.items())
def test_the_notebook_page_says_what_stands_for(theirs: str, ours: str):
    page = SOURCES["from-your-notebook.md"]
    assert f"`{theirs}" in page
    assert ours in page


def test_the_course_links_to_every_preset():
    used = [name for page in SOURCES.values() for name in re.findall(r"^```\{explore\} (\S+)$", page, re.MULTILINE)]
    assert set(used) == set(PRESETS)
    written = [name for page in SOURCES.values() for name in re.findall(r"#explorer&amp;preset=([\w-]+)", page)]
    assert set(written) <= set(PRESETS)


def test_every_figure_stands_in_a_page_with_a_description():
    told = [
        match.groups()
        for page in SOURCES.values()
        for match in re.finditer(r"^```\{picture\} (\S+)\n:alt: (.+)\n\n(.+)", page, re.MULTILINE)
    ]
    assert {name for name, _, _ in told} == set(DRAWN)
    assert [name for name, description, caption in told if len(description) < 40 or not caption.strip()] == []


@pytest.mark.parametrize("page", [name for name in SOURCES if name.startswith("course/") and name != "course/index.md"])
def test_each_page_of_the_course_has(page: str):
    text = SOURCES[page]
    assert "```{derived}" in text, "a formula from the derivation"
    assert "```{picture}" in text, "a figure"
    assert "```{explore}" in text, "a link to the explorer"
    assert ">>> " in text, "code that runs"
    assert "**Predict" in text or "Before you read on" in text, "a question to answer first"
    assert "## Exercises" in text
    exercises = text[text.index("## Exercises") :]
    assert exercises.count("<details>") >= 2
    assert text.count("<details>") == text.count("</details>") == text.count("<summary>")


def test_no_formula_of_the_course_is_set_by_hand():
    """Each that stands on a line of its own is derived; in a line of words stand symbols, and sums with numbers."""
    course = {name: text for name, text in SOURCES.items() if name.startswith("course/")}
    assert [name for name, text in course.items() if "$$" in text] == []
    fractions = [
        (name, formula)
        for name, text in course.items()
        for formula in re.findall(r"\$([^$\n]+)\$", text)
        if re.search(r"[A-Za-z'}]\s*/\s*\(|1/\(1|\\frac", formula)
    ]
    assert fractions == []


def test_the_white_noise_process_settles_where_its_exact_chain_does():
    from nullcline.symbolic.functions import textbook
    from nullcline.symbolic.noise import EXACT, PROCESS, dt, eta, sigma, t, tau, xi
    from sympy import Derivative, Symbol, dsolve, exp, expand, integrate, simplify

    # What is left of eta after dt, and the variance of what white noise adds: each kick decays from when it came.
    slope = expand(PROCESS.rhs / tau)
    left = dsolve(Derivative(eta, t) - slope.coeff(eta) * eta, eta, ics={eta.subs(t, 0): 1}).rhs.subs(t, dt)
    ago = Symbol("ago", positive=True)
    added = integrate(slope.coeff(xi) ** 2 * exp(2 * slope.coeff(eta) * ago), (ago, 0, dt))
    assert simplify(left - EXACT.decay) == 0
    assert simplify(added - textbook(EXACT.amplitude) ** 2) == 0
    assert simplify(EXACT.stationary_variance - sigma**2) == 0


def test_the_equation_in_the_input_has_the_fixed_points_as_its_zeros():
    from site_parts.maths import derivation, rewritten
    from sympy import expand, symbols

    x, r_star, w, external = symbols("x r_star w I_ext", real=True)
    steps, there = derivation(), {x: external + r_star * w}
    fixed, eigenvalue = steps["fixed_point_equation"].general, steps["eigenvalue"].general.rhs
    h, slope = (rewritten()[key][1].rhs.subs(there) for key in ("input_equation", "input_slope"))
    assert expand(h - w * (fixed.lhs - fixed.rhs)) == 0
    (tau,) = (symbol for symbol in eigenvalue.free_symbols if symbol.name == "tau")
    assert expand(slope + tau * eigenvalue) == 0


def test_the_numbers_of_the_tutorial_are_reproduced():
    from nullcline.numeric import fixed_points

    found = fixed_points(MODEL, w=5, I_ext=0.5)
    told = [f"{r:.3f}  {eigenvalue:+.3f}" for r, eigenvalue in zip(found.r, found.eigenvalue, strict=True)]
    assert told == ["0.042  -0.583", "0.447  +0.498", "0.900  -0.626"]
    assert all(line in SOURCES["course/stability.md"] for line in told)


COMMANDS = sorted(
    {line.strip() for page in SOURCES.values() for line in re.findall(r"^    (nullcline check-answer .+)$", page, re.M)}
)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_course_grades_its_answer_as_right(line: str, capsys: pytest.CaptureFixture[str]):
    from nullcline.reports.cli import run

    assert run(shlex.split(line)[1:]) == 0
    assert "right" in capsys.readouterr().out.lower()


def test_the_course_has_commands_that_grade():
    assert len(COMMANDS) >= 2


# What the pages say of nullcline itself ------------------------------------------------------------------------------

README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(page: str, head: str) -> list[list[str]]:
    """Return the cells of the table that begins with this line."""
    lines = page[page.index(head) :].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_verify_has_every_property_that_it_checks():
    from nullcline.numeric.verification import derivation_property
    from nullcline.numeric.verification.verify import properties

    told = [row[0] for row in rows(SOURCES["how-right.md"], "| property | examples | worst")]
    plain = [re.sub(r"abs\((.+?\))\)", r"|\1|", claim).replace("−", "-") for claim in told]
    assert plain == [derivation_property.CLAIM, *(one.claim for one in properties())]


def test_the_bounds_of_the_accuracy_table_are_those_that_the_benchmark_holds():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        bounds = importlib.import_module("accuracy").BOUNDS
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    told = {}
    for name, *cells in rows(SOURCES["accuracy.md"], "| | F | F′"):
        for key, cell in zip(("F", "dF", "d2F", "F_inverse"), cells, strict=True):
            if match := re.fullmatch(r"([\d.]+) \((?:bound )?(\d+)\)", cell):
                largest, bound = float(match.group(1)), int(match.group(2))
                assert largest <= bound, (name, key)
                told.setdefault(name, {})[key] = bound
    assert told == bounds


def test_a_table_stands_in_one_page_alone():
    heads = [line for page in SOURCES.values() for line in re.findall(r"^(\|.+\|)\n\|[-|]+\|$", page, re.MULTILINE)]
    assert sorted(heads) == sorted(set(heads))
    assert not [page for page in SOURCES if page != "accuracy.md" and "| sigmoid | 5.2" in SOURCES[page]]
    assert [page for page in SOURCES if "| 250,000 | 0 | 0 | 0 |" in SOURCES[page]] == ["how-right.md"]


@pytest.mark.parametrize("page", ["README.md", "how-right.md"])
def test_as_many_faults_are_planted_as_are_told(page: str):
    text = README if page == "README.md" else SOURCES[page]
    assert re.search(r"More than fifty\s(?:planted\s)?faults", text)
    planted = (ROOT / "tests/numeric/test_verify_faults.py").read_text(encoding="utf-8")
    assert planted.count("\n@fault(") > 50


def test_the_readme_gives_a_model_file_to_every_command_that_takes_one():
    from site_parts.commands import help_of, names

    listed = README[README.index("## The command\n") : README.index("`python3 run.py report`, `python3 run.py fixed")]
    of_command = {line.split()[1]: line for line in listed.splitlines() if line.startswith("    nullcline ")}
    assert set(of_command) == set(names())
    takes = {name for name in names() if "or a model file (.toml)" in " ".join(help_of(name).split())}
    assert len(takes) >= 6
    assert takes == {name for name, line in of_command.items() if re.search(r"(?:\[|\|)my\.toml\]", line)}


def test_a_link_of_the_readme_leads_to_what_is_there():
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        path, anchor = urldefrag(target)
        assert (ROOT / path).is_file(), target
        headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text("utf-8"), re.MULTILINE) if anchor else []
        named = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in named, target
    assert "([how right](docs/how-right.md))" in README


@pytest.mark.parametrize("name", sorted(path.stem for path in (DOCS / "site_parts").glob("*.py")))
def test_the_examples_of_the_sites_parts(name: str):
    assert doctest.testmod(importlib.import_module(f"site_parts.{name}")).failed == 0


def test_docstrings_keep_their_marks():
    assert as_restructured(["w* of `r_0`, |h| < 1_0"]) == [r"w\* of ``r_0``, \|h\| < 1\_0"]
    assert as_restructured(["Text.", "", ">>> a * b", "|c|", "", "d_"]) == ["Text.", "", ">>> a * b", "|c|", "", r"d\_"]


def test_pages_can_be_used_by_keyboard_and_by_ear():
    page = (
        '<aside class="sidebar-drawer"><p class="caption" role="heading">Course</p></aside><pre>x</pre>'
        '<div class="table-wrapper docutils container"><th class="head"><p></p></th></div>'
        '<span class="sig-paren">(</span>\n<dl>\n<dd>a,</dd>\n</dl>\n<span class="sig-paren">)</span>'
    )
    assert mended(page) == (
        '<aside class="sidebar-drawer" aria-label="Pages"><p class="caption" role="heading" aria-level="2">Course</p>'
        '</aside><pre tabindex="0">x</pre>'
        '<div class="table-wrapper docutils container" tabindex="0"><td class="head"></td></div>'
        '<span class="sig-paren">(</span>\n<span class="sig-line">a,</span>\n\n<span class="sig-paren">)</span>'
    )
    assert mended(mended(page)) == mended(page)


@pytest.mark.parametrize(
    ("text", "suffix", "found"),
    [
        ('<script src="https://a.org/x.js"></script>', ".html", ["https://a.org/x.js"]),
        ('<link rel="stylesheet" href="//a.org/x.css">', ".html", ["//a.org/x.css"]),
        ('<link rel="preconnect" href="https://a.org">', ".html", ["https://a.org"]),
        ('<img src="http://a.org/x.png">', ".html", ["http://a.org/x.png"]),
        ("<style>@import 'https://a.org/x.css';</style>", ".html", ["https://a.org/x.css"]),
        ('<p style="background: url(https://a.org/x.png)">', ".html", ["https://a.org/x.png"]),
        ("<script>fetch('https://a.org/x.json')</script>", ".html", ["https://a.org/x.json"]),
        ("a { src: url(https://a.org/x.woff2) }", ".css", ["https://a.org/x.woff2"]),
        ('new WebSocket("wss://a.org")', ".js", ["wss://a.org"]),
        ('<a href="https://a.org">a link</a> <img src="x.png"> <p>url(https://a.org)</p>', ".html", []),
        ("a { src: url(maths.woff2) } /* https://a.org */", ".css", []),
    ],
)
def test_what_a_page_loads_is_found(text: str, suffix: str, found: list[str]):
    assert loads(text, suffix) == found


class Page(HTMLParser):
    """The links and the anchors of a page, and its figures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.figures: list[tuple[str, str]] = []
        self._words = {"title": "", "desc": ""}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in self._words:
            self._words[self._inside] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if tag == "svg" and any(self._words.values()):
            self.figures.append((self._words["title"], self._words["desc"]))
            self._words = {"title": "", "desc": ""}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built anew; a warning is an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-P", "-m", "sphinx", "-E", "-q", "-W", "--keep-going", str(DOCS), str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


# One worker runs these, since they share the site.
built = [pytest.mark.slow, pytest.mark.xdist_group("site")]


class TestTheBuiltSite:
    pytestmark = built

    def test_has_every_page(self, pages: dict[str, Page]):
        assert {name.replace(".md", ".html") for name in SOURCES} | {PAGE} <= set(pages)

    def test_has_no_dead_link(self, site: Path, pages: dict[str, Page]):
        dead = []
        for name, page in pages.items():
            for link in page.links:
                if re.match(r"[a-z][a-z0-9+.-]*:", link):
                    continue
                path, anchor = urldefrag(link)
                target = (site / name).parent / unquote(path) if path else site / name
                where = target.resolve().relative_to(site.resolve()).as_posix()
                anchor = unquote(anchor).split("&")[0]
                known = pages[where].anchors if where in pages else set()
                explored = where == PAGE and anchor == "explorer"
                if not target.is_file() or (anchor and anchor not in known and not explored):
                    dead.append(f"{name}: {link}")
        assert dead == []

    def test_links_to_presets_that_the_explorer_has(self, site: Path, pages: dict[str, Page]):
        asked = {
            match.group(1)
            for page in pages.values()
            for link in page.links
            if (match := re.search(rf"{PAGE}#explorer&preset=([^&]+)", link))
        }
        assert asked == set(PRESETS)
        if "explorer" not in pages[PAGE].anchors:
            pytest.skip("the report has no explorer yet")
        text = (site / PAGE).read_text("utf-8")
        assert [preset for preset in asked if not re.search(rf"[\"']{preset}[\"']", text)] == []

    def test_fetches_nothing(self, site: Path):
        assert list(loads_of_site(site)) == []

    @pytest.mark.parametrize("package", PACKAGES)
    def test_has_an_entry_for_every_public_name(self, package: str, pages: dict[str, Page]):
        anchors = pages[f"reference/{package.rpartition('.')[2]}.html"].anchors
        names = {f"{package}.{name}" for name in importlib.import_module(package).__all__}
        modules = {name for name in names if name in ("nullcline.symbolic.transfer", "nullcline.reports.figures")}
        assert sorted(name for name in names - modules if name not in anchors) == []

    def test_has_the_help_of_every_command(self, pages: dict[str, Page]):
        from site_parts.commands import names

        assert {f"command-{name}" for name in names()} <= pages["reference/commands.html"].anchors

    def test_describes_every_figure(self, pages: dict[str, Page]):
        figures = [figure for name, page in pages.items() if name.startswith("course/") for figure in page.figures]
        assert len([figure for figure in figures if all(figure) and len(figure[1]) > 40]) == len(DRAWN)
