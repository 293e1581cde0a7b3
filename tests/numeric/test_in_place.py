"""Lines written in place: the same numbers as the lines themselves, and nothing written over that is not theirs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nullcline.numeric import elementary
from nullcline.numeric.generated import executed
from nullcline.numeric.in_place import in_place
from nullcline.numeric.kernels import step_of
from nullcline.numeric.source import definition
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.schemes import SCHEMES
from strategies import examples

NAMESPACE = elementary.rough_namespace() | {"ESCAPED": 1e150}
RATES, INPUTS = ["r0", "r1"], ["d0_0", "d0_1", "p0", "q1"]


@st.composite
def programs(draw):
    """Lines t0 = ..., t1 = ..., each of what is known before it, and two of them as results."""
    known = [*RATES, *INPUTS]
    lines = []
    for i in range(draw(st.integers(2, 12))):
        a, b, c = (draw(st.sampled_from([*known, "0.5", "2.0"])) for _ in range(3))
        # At least one operand moves: what needs only the constants is prepared before.
        m = draw(st.sampled_from([name for name in known if name[0] in "rt"]))
        text = draw(
            st.sampled_from(
                [
                    f"{m} + {a}",
                    f"{a} - {m}",
                    f"{m}*{a}*{b}",
                    f"{m}/(2.0 + abs({a}))",
                    f"-{m}",
                    f"-{m} + {m}*{a} - {b}",
                    f"({a} + {m})*({b} - {m})",
                    f"exp(minimum({m}, {a}))",
                    f"maximum(abs({m}), {a})",
                    f"expm1(-abs({m}))",
                    f"tanh({m}*{a})",
                    f"softplus({m}) + {a}",
                    f"where({m} > {a}, {b}, {c})",
                    f"where(abs({m}) < ESCAPED, {m}, 0.0)",
                    f"where(({m} + {a} <= {b}), {m}, {m}*{c})",
                    f"copysign({a}, {m})",
                ]
            )
        )
        lines.append(f"t{i} = {text}")
        known.append(f"t{i}")
    results = draw(
        st.lists(st.sampled_from([line.split(" = ")[0] for line in lines]), min_size=2, max_size=2, unique=True)
    )
    return lines, results


def values(rng, members=7):
    # Some inputs are numbers that all members share, some have one for each.
    return [
        rng.uniform(-2, 2, members),
        rng.uniform(-2, 2, members),
        0.7,
        rng.uniform(-2, 2, members),
        1.3,
        rng.uniform(-2, 2, members),
    ]


@examples(150)
@given(program=programs(), seed=st.integers(0, 2**32))
def test_lines_in_place_give_the_same_numbers_bit_for_bit(program, seed):
    lines, results = program
    rng = np.random.default_rng(seed)
    plain = executed(definition("plain", [*RATES, *INPUTS], [*lines, f"return ({', '.join(results)},)"]), NAMESPACE)[
        "plain"
    ]
    text, spares = in_place("step", RATES, INPUTS, lines, results)
    step = executed(text, NAMESPACE)["step"]
    spare = [np.full(7, np.nan) for _ in range(spares)]
    *rates, d, e, p, q = values(rng)
    inputs = [d, e, p, q]
    kept = [np.copy(v) for v in inputs]
    # Three steps, each with the arrays that the last one left.
    for _ in range(3):
        expected = [np.broadcast_to(v, 7) for v in plain(*(r.copy() for r in rates), *inputs)]
        rates, spare = step(*rates, *inputs, spare)
        for found, wanted in zip(rates, expected, strict=True):
            np.testing.assert_array_equal(found, wanted)
        assert len({id(array) for array in [*rates, *spare]}) == len(rates) + len(spare)
        for now, before in zip(inputs, kept, strict=True):
            np.testing.assert_array_equal(now, before)
        rates = [np.array(np.clip(np.nan_to_num(r), -2, 2)) for r in rates]


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "model", [*(RateModel.single(f) for f in transfer.catalogue.values()), RateModel.wilson_cowan()]
)
def test_a_step_of_every_model_is_the_same_in_place(model, scheme, guarded, varying):
    step = step_of(model, scheme, varying=varying, guarded=guarded)
    arguments = [*step.rates, *step.inputs, *step.coefficients]
    prepare = executed(
        definition("prepare", step.parameters, [*step.prepared, f"return ({', '.join(step.coefficients)},)"]), NAMESPACE
    )["prepare"]
    plain = executed(definition("plain", arguments, [*step.lines, f"return ({', '.join(step.results)},)"]), NAMESPACE)[
        "plain"
    ]
    text, spares = in_place("step", step.rates, [*step.inputs, *step.coefficients], step.lines, step.results)
    advance = executed(text, NAMESPACE)["step"]
    rng = np.random.default_rng(2)
    rates = list(rng.uniform(-1, 1, (step.populations, 50)))
    inputs = [0.3 if i % 2 else rng.uniform(-1, 1, 50) for i, _ in enumerate(step.inputs)]
    parameters = [np.asarray(p.default) for p in model.parameters.values()]
    parameters[-1] = rng.uniform(0, 1, 50)
    coefficients = prepare(*parameters, 0.1)
    spare = [np.empty(50) for _ in range(spares)]
    for _ in range(3):
        expected = plain(*(r.copy() for r in rates), *inputs, *coefficients)
        rates, spare = advance(*rates, *inputs, *coefficients, spare)
        np.testing.assert_array_equal(rates, expected)


def test_a_step_needs_few_arrays_and_makes_none_for_simple_lines():
    text, spares = in_place("step", ["r0"], ["q0", "q1"], ["t0 = q0*r0", "t1 = exp(t0)", "t2 = r0 + q1*t1"], ["t2"])
    assert spares == 1
    assert text == (
        "def step(r0, q0, q1, spare):\n"
        "    b0, = spare\n"
        "    multiply(q0, r0, out=b0)\n"
        "    exp(b0, out=b0)\n"
        "    multiply(q1, b0, out=b0)\n"
        "    add(r0, b0, out=r0)\n"
        "    return (r0,), [b0]\n"
    )
