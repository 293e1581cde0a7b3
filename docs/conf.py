"""How the site is built: `sphinx-build -W docs docs/_build` (extra `docs`)."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

# The folder is importable while the site is built, so that its extensions are.
sys.path.insert(0, str(Path(__file__).parent))

project = "nullcline"
author = "the nullcline developers"
copyright = author
version = release = version_of("nullcline")
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "site_parts.accessible",
    "site_parts.maths",
    "site_parts.pictures",
    "site_parts.code_blocks",
    "site_parts.docstrings",
    "site_parts.commands",
    "site_parts.explorer",
    "site_parts.offline",
]
exclude_patterns = ["_build"]
# Quotation marks and ellipses; two hyphens begin an option.
smartquotes_action = "qe"
nitpicky = True
# What stands in signatures and has no entry here: types of other projects, of which nothing is fetched to link to,
# and those types of ours that are no public names.
nitpick_ignore_regex = [
    (r"py:.*", r"(numpy|np|sympy|matplotlib|collections|enum|typing|pathlib|os)\..*"),
    (r"py:.*", r"(ArrayLike|NDArray|Array|Axes|Any|Callable|Mapping|Sequence|Iterator|Path|Expr|Symbol|Basic|Eq)"),
    (r"py:.*", r"nullcline\.(symbolic|numeric|reports)\..+\..+"),
]

myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "nullcline"
html_math_renderer = "mathml"
html_static_path = ["site_parts/course.css", "../reports/page/maths.woff2", "../reports/page/maths-OFL.txt"]
html_css_files = ["course.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0a4f86",
        "color-brand-content": "#0a4f86",
        "color-brand-visited": "#5b3f8c",
        "ink": "#1d1c1a",
        "paper": "transparent",
        "fig-ground": "#fefdfb",
        "fig-grey": "#76736d",
        "fig-blue": "#0072b2",
        "fig-vermillion": "#d55e00",
        "fig-purple": "#b6538c",
        "fig-green": "#00805c",
        "fig-orange": "#c07f00",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8fc1ee",
        "color-brand-content": "#8fc1ee",
        "color-brand-visited": "#c3a6ee",
        "ink": "#e3e0d9",
        "paper": "transparent",
        "fig-grey": "#96938c",
        "fig-blue": "#5cb3e8",
        "fig-vermillion": "#f08a45",
        "fig-purple": "#df9cc4",
        "fig-green": "#3fbf98",
        "fig-orange": "#f0b43c",
    },
}
# A student copies what is to be typed, not the prompts and not the answers.
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
