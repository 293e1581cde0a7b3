"""What must hold of the derivation: every line, by each of its checks."""

from ...symbolic.checks import DIFFERENCED, EVALUATED
from ...symbolic.derivation import Verdict
from ...symbolic.errors import NoClosedForm
from ...symbolic.model import RateModel
from .results import PropertyResult

NAME = "derivation"
CLAIM = "every line of the derivation holds, by a symbolic residual and by another route at 50 digits"


def derivation_checked(model: RateModel) -> PropertyResult:
    """Carry out every check of the derivation; each is one example.

    The largest residual is told over its bound: 1e-45 for routes that only evaluate, 1e-20 for differences.
    """
    try:
        found = model.derive().check()
    except NoClosedForm as refusal:
        return PropertyResult(NAME, CLAIM, 0, None, True, None, str(refusal))
    results = found.results
    numerical = [float(r.residual) for r in results if r.verdict is Verdict.VERIFIED]
    worst = max((v / float(EVALUATED if v <= EVALUATED else DIFFERENCED) for v in numerical), default=0.0)
    counterexample = None if found.ok else {"lines": list(found.failures)}
    return PropertyResult(NAME, CLAIM, len(results), worst if found.ok else None, found.ok, counterexample)
