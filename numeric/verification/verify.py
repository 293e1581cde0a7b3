"""Verification of a model's numbers: properties that must hold, each put to the test on drawn examples."""

from collections.abc import Callable

from ...symbolic.model import RateModel
from .. import door
from . import derivation_property
from .results import PropertyResult, Verification
from .search import Property, hypothesis, searched
from .subject import Subject

Progress = Callable[[str, int, int], None]


def properties() -> tuple[Property, ...]:
    """Return the properties that are put to the test, in the order of the table."""
    from . import (
        backend_properties,
        fold_properties,
        noise_properties,
        rest_properties,
        run_properties,
        transfer_properties,
    )

    of_rest = (*transfer_properties.PROPERTIES, *rest_properties.PROPERTIES, *fold_properties.PROPERTIES)
    return (*of_rest, *run_properties.PROPERTIES, *noise_properties.PROPERTIES, *backend_properties.PROPERTIES)


def verify(
    model: RateModel,
    *,
    examples: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
    only: tuple[str, ...] | None = None,
    **parameters: float,
) -> Verification:
    """Put the numbers of a model to the test, through the functions that users call, and say what held.

    Each property is a claim with a derived bound: F, F' and F'' against 50 digits of the formula, F' by a step into the
    complex plane, each fixed point by a change of sign and the list by a certified search, Euler's method by its exact
    error, and so on. Parameters are drawn from each Parameter's `sample` range, its ends and its bounds; the first
    examples have those given and the model's defaults. `examples` is how often a quick property is tested; expensive
    ones are tested less often, as the table says. The same seed draws the same examples. `progress` is told the name
    of the property at work, how many examples are done, and how many there are in all. `only` names the properties to
    test.

    Raises MissingExtra without hypothesis (extra "verify"), and ParameterError for a parameter that is unknown, no
    number or out of bounds.

    >>> from nullcline.symbolic import RateModel
    >>> found = verify(RateModel.single(), examples=5, only=("F", "noise"))
    >>> found.ok, [(row.name, row.examples) for row in found.rows]
    (True, [('F', 5), ('noise', 5)])
    """
    hypothesis()
    values = door.read(model, parameters, ("examples", "seed", "progress", "only"))
    given = {name: door.one_number(name, value) for name, value in zip(model.parameters, values, strict=True)}
    count = door.whole_number("examples", examples, 1, below=10**9)
    number = door.seed_given(seed)
    known = properties()
    names = [derivation_property.NAME, *(one.name for one in known)]
    for name in only or ():
        door.choice("property", name, tuple(names))
    chosen = [one for one in known if only is None or one.name in only]
    rows: list[PropertyResult] = []
    total, done = sum(one.examples(count) for one in chosen), 0

    def tell(name: str) -> Callable[[int], None]:
        def more(by: int) -> None:
            nonlocal done
            done += by
            if progress is not None:
                progress(name, min(done, total), total)

        return more

    if only is None or derivation_property.NAME in only:
        tell(derivation_property.NAME)(0)
        rows.append(derivation_property.derivation_checked(model))
    subject = Subject(model, given)
    rows += [searched(one, subject, examples=count, seed=number, tell=tell(one.name)) for one in chosen]
    return Verification(model.name, tuple(rows), number)
