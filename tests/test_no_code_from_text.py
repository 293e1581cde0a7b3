"""Nothing turns a text into code but what is listed here, and none of that sees a text of the user."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("symbolic", "numeric", "reports") for path in (ROOT / folder).rglob("*.py"))

# What evaluates or unpacks a text or bytes, by the last part of its name.
EVALUATORS = frozenset(
    [
        *("eval", "exec", "compile", "__import__", "system", "popen", "Popen", "check_output", "literal_eval"),
        *("sympify", "_sympify", "S", "nsimplify", "parse_expr", "parse_latex", "lambdify", "autowrap", "ufuncify"),
        *("load", "loads"),
    ]
)
EVALUATING_MODULES = frozenset(
    ["pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "subprocess", "code", "yaml"]
)

# Where such a name is called, and what it gets there.
CALLS = {
    ("numeric/accelerator.py", "exec"): "lines made by numeric/source.py, in which symbols go by neutral names",
    ("numeric/accelerator.py", "compile"): "the same lines",
    ("numeric/generated.py", "exec"): "the same lines",
    ("numeric/generated.py", "compile"): "the same lines",
    ("numeric/near_fold.py", "lambdify"): "an expression of the model, its symbols renamed",
    ("numeric/loss.py", "lambdify"): "a formula of the theory, its symbols renamed",
    ("numeric/verification/exact.py", "lambdify"): "a formula of the theory, its symbols renamed",
    ("numeric/verification/rounded.py", "lambdify"): "an elementary function of symbols of its own",
    ("numeric/verification/rounded.py", "sympify"): "an expression of the model or a number",
    ("numeric/verification/run_properties.py", "lambdify"): "a formula of the theory, its symbols renamed",
    ("symbolic/kept.py", "loads"): "JSON, which makes values of it and no code",
    ("symbolic/notebook.py", "load"): "the entry point of an installed package, by a name that is written there",
    ("reports/formats/as_pdf.py", "compile"): "Typst, which gets every text of a user as a string and no file",
    ("symbolic/proof.py", "lambdify"): "an expression of a step, its symbols renamed",
    ("symbolic/proof.py", "sympify"): "a condition of a check, which is SymPy's or True",
    ("symbolic/notation/__init__.py", "sympify"): "a number or an expression that is to be written",
    ("symbolic/transfer.py", "nsimplify"): "the bound of a parameter, a float",
    ("symbolic/theory/turning_points.py", "nsimplify"): "the bound of a parameter, a float",
    ("symbolic/toml_text.py", "loads"): "the text of a model file, by tomllib, which makes values of it and no code",
}
# Where such a name is handed on without a call: map(sympify, ...).
HANDED_ON = {
    ("numeric/compile.py", "sympify"): "expressions of the model",
}


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_harmless(function: ast.expr) -> bool:
    """re.compile makes a pattern of a text, and a system of equations is no shell; the receiver tells."""
    if isinstance(function, ast.Attribute):
        return ast.unparse(function) in ("re.compile", "sympy.S")
    return name_of(function) == "system"


def places() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    called, handed_on = set(), set()
    for path in MODULES:
        where = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            name = name_of(node) if isinstance(node, ast.Name | ast.Attribute) else ""
            if name in EVALUATORS and not is_harmless(node) and isinstance(node.ctx, ast.Load):
                (called if id(node) in functions else handed_on).add((where, name))
    return called, handed_on


def test_what_evaluates_is_called_where_it_is_allowed_and_nowhere_else():
    called, handed_on = places()
    # `sympy.S` is read for its constants (S.Half) and called with nothing.
    assert called == set(CALLS)
    assert {place for place in handed_on if place[1] != "S"} == set(HANDED_ON)


def test_nothing_is_taken_from_os_by_a_name_of_its_own():
    """`os.system` is seen above; `system` alone would not be told from a variable."""
    taken = [
        (path.name, alias.name)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
    ]
    assert taken == []


def test_no_module_is_imported_that_unpacks_code():
    imported = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add((node.module or "").partition(".")[0])
    assert imported & EVALUATING_MODULES == set()


def test_no_evaluator_is_imported_under_another_name():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                for alias in node.names:
                    assert alias.asname is None or alias.name.rpartition(".")[2] not in EVALUATORS, path


def test_the_formula_modules_look_nothing_up_by_name():
    for path in (ROOT / "symbolic").glob("formula*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in ("getattr", "globals", "vars", "import_module"):
                # A function of mpmath's is taken by its name in the table of names, never by the user's.
                assert (path.name, ast.unparse(node)) == ("formula_values.py", "getattr(mp, function)"), path
