"""What is derived from a model: each module a part of the theory, each function Steps."""

from ..derivation import Derivation, budget_of
from ..model import RateModel


def derive(model: RateModel) -> Derivation:
    """Return the derivation of a model: one population has its own chapter, several have theirs."""
    from . import network, single  # each pulls in only its own part of the theory

    with budget_of(model):
        return Derivation(model, single.steps(model) if model.is_single else network.steps(model))
