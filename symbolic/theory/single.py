"""The chapter on one population: its steps in the order a student meets them."""

from ..derivation import Step
from ..model import RateModel
from . import any_formula, euler, folds, response, scalar, turning_points
from .vocabulary import Vocabulary


def steps(model: RateModel) -> tuple[Step, ...]:
    """Return the steps of the derivation for one population."""
    m = Vocabulary.of_single(model)
    if not m.has_closed_forms:
        return _of_any_formula(m)
    return (
        scalar.rate_equation(m),
        response.transfer(m),
        response.transfer_at_zero(m),
        response.transfer_range(m),
        *response.transfer_derivatives(m),
        response.transfer_inverse(m),
        scalar.feedforward_solution(m),
        scalar.fixed_point_equation(m),
        scalar.drdt(m),
        *scalar.linear_stability(m),
        scalar.trapping_region(m),
        scalar.potential_step(m),
        turning_points.critical_points(m),
        folds.fold_curve(m),
        folds.cusp(m),
        folds.uniqueness(m),
        euler.euler_map(m),
        euler.euler_feedforward_solution(m),
        euler.euler_error_bound(m),
        euler.euler_stability_limit(m),
    )


def _of_any_formula(m: Vocabulary) -> tuple[Step, ...]:
    """What holds whatever the formula: the bounds of F, its inverse and the folds are found numerically."""
    return (
        scalar.rate_equation(m),
        response.transfer(m),
        *response.transfer_derivatives(m),
        scalar.feedforward_solution(m),
        scalar.fixed_point_equation(m),
        scalar.drdt(m),
        *scalar.linear_stability(m),
        any_formula.trapping_region(m),
        scalar.potential_step(m),
        *any_formula.bifurcation_steps(m),
        euler.euler_map(m),
        euler.euler_feedforward_solution(m),
        euler.euler_error_bound(m),
        euler.euler_stability_limit(m),
    )
