"""The explorer's page in a cell of a notebook: its policy lets run the scripts that it holds, and no other."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

from nullcline.reports.explorer.cell import explorer_cell
from nullcline.symbolic import RateModel


def test_the_policy_names_each_script_of_the_page_by_its_digest():
    cell = explorer_cell(RateModel.single(), {"w": 5.0})
    framed = unescape(re.search('srcdoc="([^"]*)"', cell._repr_mimebundle_()["text/html"])[1])
    assert framed == cell.page
    scripts = re.findall("<script>(.*?)</script>", framed, re.DOTALL)
    assert len(scripts) == 2
    digests = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts]
    (policy,) = re.findall('http-equiv="Content-Security-Policy" content="([^"]*)"', framed)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"].split() == digests
    assert rules["default-src"] == "'none'"
