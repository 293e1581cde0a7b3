"""Run exported Python scripts (Brian2, PyRates) one after the other; print what each prints, as one JSON document."""

import contextlib
import io
import json
import runpy
import sys
import warnings

texts = {}
if sys.argv[1] == "brian2":
    import brian2

    # Nothing is compiled, so that no compiler is needed.
    brian2.prefs.codegen.target = sys.argv[2]
for path in sys.argv[3:]:
    # An overflow, or a number that is none, is an error here.
    warnings.simplefilter("error", RuntimeWarning)
    if sys.argv[1] == "brian2":
        brian2.start_scope()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(path, run_name="__main__")
    texts[path] = printed.getvalue()
json.dump(texts, sys.stdout)
