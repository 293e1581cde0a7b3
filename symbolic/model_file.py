"""A model as a TOML file, written by a person: one population or several, each with a formula or one of the catalogue.

    schema = 1
    [transfer]
    formula = "1/(1 + exp(-a*(x - theta)))"
    [parameters]
    a = { value = 1.2, min = 0.3, max = 3.0, meaning = "gain" }
    theta = 2.8

Whatever is wrong is refused with the file and the line, a formula with the line itself and a caret.
"""

import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from sympy import Symbol

from . import transfer as transfer_functions
from .errors import (
    FormulaError,
    ModelError,
    NullclineError,
    NullclineWarning,
    brief,
    escaped,
    nearest,
    shown,
    unknown_name,
)
from .formula import read_formula
from .formula_check import check_formula
from .formula_grammar import UnknownName
from .formula_names import refused_name
from .formula_tree import INPUT, names
from .model import Population, RateModel
from .parameter import Parameter, real_number
from .toml_places import Path, line_of
from .toml_text import TomlFile, printable, read_toml
from .transfer import TransferFunction
from .written import made_of

V = TypeVar("V")

SCHEMA = 1
METHODS = ("euler", "exponential_euler", "heun", "rk4", "adaptive", "exact")

_LONGEST_WORDS = 500

_KEYS = ("schema", "name", "transfer", "parameters", "populations", "weights", "simulate")
_POPULATION_KEYS = ("sign", "transfer", "parameters")
_TRANSFER_KEYS = ("formula", "catalogue", "inputs", "title", "source")
_PARAMETER_KEYS = ("value", "min", "max", "unit", "meaning")
_SIMULATE_KEYS = ("T", "dt", "r_init", "method", "seed", "noise_sigma", "noise_tau")

# The parameters that every population has, with their defaults: those of RateModel.single.
_DEFAULTS = {"tau": 1.0, "w": 0.0, "I_ext": 0.0}
_UNITS = {"tau": "ms"}
_MEANINGS = {
    "tau": "time constant of the population",
    "w": "recurrent weight: input per unit of the population's own rate",
    "I_ext": "external input",
}


@dataclass(frozen=True)
class ModelFile:
    """What a model file says: the model, how to simulate it by default, and where it was read."""

    model: RateModel
    simulate: Mapping[str, Any]
    path: str

    def __repr__(self) -> str:
        return f"ModelFile({self.path}: {self.model!r})"


def load_model(path: "str | os.PathLike[str]") -> RateModel:
    """Return the model that a TOML file describes.

    Raises ModelError, for a formula FormulaError, with the file and the line of what is wrong; warns where a parameter
    is not used and where a formula jumps.
    """
    return read_model_file(path).model


def read_model_file(path: "str | os.PathLike[str]") -> ModelFile:
    """Return what a model file says: the model, and its [simulate] table with the command's names as keys.

    Raises ModelError, for a formula FormulaError, with the file and the line of what is wrong.
    """
    return _Reader(read_toml(path)).file()


# The model ------------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads one file; every refusal gets its line here."""

    def __init__(self, file: TomlFile) -> None:
        self.path, self.where, self.text = file.path, file.where, file.text
        self.document, self.found = file.document, file.found

    def file(self) -> ModelFile:
        self.schema()
        self.known((), _KEYS, "the file")
        name = self.words((), "name", os.path.splitext(os.path.basename(self.path))[0] or "model")
        if not name:
            raise self.refusal('a model\'s name must not be empty: write for instance name = "my model"', ("name",))
        if "populations" in self.document:
            for key in ("transfer", "parameters"):
                if key in self.document:
                    line = f"[{key}] is for a model of one population"
                    raise self.refusal(f"{line}: write [populations.NAME.{key}]", (key,))
            model = self.several(name)
        else:
            if "weights" in self.document:
                line = "[weights] is for several populations: write w under [parameters]"
                raise self.refusal(line, ("weights",))
            model = self.single(name)
        return ModelFile(model, MappingProxyType(self.simulate(model)), self.path)

    def schema(self) -> None:
        if "schema" not in self.document:
            near = nearest("schema", list(self.document))
            hint = f", not {near}" if near else ""
            raise self.refusal(f"schema is missing: write schema = {SCHEMA}{hint} above all tables", ())
        value = self.document["schema"]
        if type(value) is not int:
            raise self.refusal(
                f"schema must be a whole number, got {shown(value)}: write schema = {SCHEMA}", ("schema",)
            )
        if value > SCHEMA:
            line = f"schema {brief(value)} is a newer format, this nullcline reads {SCHEMA}"
            raise self.refusal(f"{line}: update nullcline", ("schema",))
        if value < SCHEMA:
            raise self.refusal(f"there is no schema {brief(value)}: write schema = {SCHEMA}", ("schema",))

    def single(self, name: str) -> RateModel:
        tau, shape, I_ext, transfer, w = self.population((), ("tau", "w", "I_ext"))
        assert w is not None
        population = self.made(lambda: Population("", transfer, 0, tau, shape, I_ext), ("transfer",))
        return self.made(lambda: RateModel(name, (population,), ((w,),)), ())

    def several(self, name: str) -> RateModel:
        tables = self.table((), "populations")
        if not tables:
            raise self.refusal("there is no population: write [populations.E]", ("populations",))
        populations = []
        for each in tables:
            path = ("populations", each)
            self.table(("populations",), each)
            self.known(path, _POPULATION_KEYS, f"population {brief(each)}")
            sign = self.value(path, "sign", 0)
            if type(sign) is not int or sign not in (-1, 0, 1):
                line = f"sign must be 1 (excites), -1 (inhibits) or 0 (each weight has its own), got {shown(sign)}"
                raise self.refusal(line, (*path, "sign"))
            tau, shape, I_ext, transfer, _ = self.population(path, ("tau", "I_ext"))
            # The name is looked at before the parameters are called by it.
            self.made(lambda each=each, sign=sign: Population.named(each, sign=sign), path)  # type: ignore[misc]
            own = [p.suffixed(each) for p in (tau, *shape, I_ext)]
            populations.append(Population(each, transfer, sign, own[0], tuple(own[1:-1]), own[-1]))
        return self.network(name, populations)

    def network(self, name: str, populations: list[Population]) -> RateModel:
        given = self.table((), "weights") if "weights" in self.document else {}
        called = [p.name for p in populations]
        pairs = {_weight_key(to, source): (to, source) for to in called for source in called}
        self.known(("weights",), tuple(pairs), "[weights], to the first from the second population")
        values: dict[tuple[str, str], float | None] = {}
        tables: dict[tuple[str, str], dict[str, Any]] = {}
        for key in given:
            to_source = pairs[key]
            tables[to_source] = self.quantity(("weights",), key)
            value = values[to_source] = tables[to_source]["value"]
            sign = next(p.sign for p in populations if p.name == to_source[1])
            if sign and value is not None and value < 0:
                line = f"{key} must not be negative, got {value!r}: population {to_source[1]!r} has a sign"
                raise self.refusal(f"{line}, which says how it enters", ("weights", key))
        rows = [[values.get((to, source)) for source in called] for to in called]
        model = self.made(lambda: RateModel.network(populations, rows, name=name), ("weights",))
        matrix = tuple(
            tuple(
                None if w is None else self.bounded(w, tables[to, source], ("weights", _weight_key(to, source)))
                for source, w in zip(called, row, strict=True)
            )
            for to, row in zip(called, model.weights, strict=True)
        )
        return self.made(lambda: RateModel(name, model.populations, matrix), ("weights",))

    def population(
        self, path: Path, own: tuple[str, ...]
    ) -> tuple[Parameter, tuple[Parameter, ...], Parameter, TransferFunction, Parameter | None]:
        """Read a transfer function and the parameters of a population; return tau, the shape, I_ext, F and w."""
        if "transfer" not in self.at(path):
            where = ".".join(map(str, (*path, "transfer")))
            line = f'there is no transfer function: write [{where}] and under it formula = "..."'
            raise self.refusal(line, path)
        self.table(path, "transfer")
        self.known((*path, "transfer"), _TRANSFER_KEYS, "[transfer]")
        given = self.table(path, "parameters") if "parameters" in self.at(path) else {}
        at = (*path, "parameters")
        if "catalogue" in self.at(path)["transfer"]:
            transfer, shape = self.from_catalogue(path, given, own)
        else:
            transfer, shape = self.from_formula(path, given, own)
        common = {name: self.common(at, name, given) for name in own}
        return common["tau"], shape, common["I_ext"], transfer, common.get("w")

    def from_catalogue(
        self, path: Path, given: Mapping[str, Any], own: tuple[str, ...]
    ) -> tuple[TransferFunction, tuple[Parameter, ...]]:
        at = (*path, "transfer")
        for other in ("formula", "inputs", "title", "source"):
            if other in self.at(at):
                line = f"a transfer function is a formula or one of the catalogue: remove {other} or catalogue"
                raise self.refusal(line, (*at, other))
        name = self.words(at, "catalogue", "")
        known = list(transfer_functions.catalogue)
        if name not in known:
            raise self.refusal(unknown_name("transfer function", name, known), (*at, "catalogue"))
        transfer = transfer_functions.catalogue[name]
        self.known((*path, "parameters"), (*own, *(p.name for p in transfer.parameters)), f"transfer function {name!r}")
        here = (*path, "parameters")
        shape = tuple(
            self.bounded(p, self.quantity(here, p.name), (*here, p.name)) if p.name in given else p
            for p in transfer.parameters
        )
        return transfer, shape

    def from_formula(
        self, path: Path, given: Mapping[str, Any], own: tuple[str, ...]
    ) -> tuple[TransferFunction, tuple[Parameter, ...]]:
        at, here = (*path, "transfer"), (*path, "parameters")
        if "formula" not in self.at(at):
            line = 'there is no formula: write formula = "..." in x, or catalogue = "sigmoid"'
            raise self.refusal(line, at)
        text = self.at(at)["formula"]
        if not isinstance(text, str):
            line = f"a formula must be text, got {shown(text)}: put it between double quotes"
            raise self.refusal(line, (*at, "formula"))
        inputs = self.inputs(at)
        declared: dict[str, Parameter] = {}
        for name in given:
            if name in own:
                continue
            if (wrong := refused_name(name)) is not None:
                raise self.refusal(f"the parameter name {brief(name)} {wrong}", (*here, name))
            declared[name] = self.written(here, name)
        with self.placed(at, text, own):
            formula = read_formula(text, list(declared.values()))
            used = names(formula.tree) - {INPUT}
            findings = check_formula(formula, inputs)
        for name in declared:
            if name not in used:
                self.warn(f"nothing uses the parameter {name!r}", (*here, name))
        if findings.warning:
            self.warn(findings.warning, (*at, "formula"))
        kept = tuple(p for name, p in declared.items() if name in used)
        with self.placed(at, text, own):
            title, source = self.words(at, "title", ""), self.words(at, "source", "")
            transfer = made_of(replace(formula, parameters=kept), title=title, source=source, inputs=inputs)
        return transfer, transfer.parameters

    def inputs(self, at: Path) -> tuple[float, float] | None:
        if "inputs" not in self.at(at):
            return None
        value = self.at(at)["inputs"]
        path = (*at, "inputs")
        if not isinstance(value, list) or len(value) != 2:
            raise self.refusal(f"inputs must be two numbers, got {shown(value)}: write inputs = [-10, 10]", path)
        low, high = (self.number(end, "an end of inputs", path) for end in value)
        if not low < high:
            raise self.refusal(f"inputs must rise, got [{low!r}, {high!r}]: write the smaller first", path)
        return low, high

    # Parameters -------------------------------------------------------------------------------------------------------

    def written(self, at: Path, name: str) -> Parameter:
        """Return a parameter of a formula as the file has it."""
        given = self.quantity(at, name)
        low = given.get("min", -math.inf)
        assumptions = {"positive": True} if low > 0 else {"nonnegative": True} if low == 0 else {"real": True}
        bare = Parameter(name, Symbol(name, **assumptions), given["value"], "", sample=_around(given["value"]))
        return self.bounded(bare, given, (*at, name))

    def common(self, at: Path, name: str, given: Mapping[str, Any]) -> Parameter:
        """Return tau, w or I_ext, in the file or not."""
        default = _DEFAULTS[name]
        symbol = Symbol(name, positive=True) if name == "tau" else Symbol(name, real=True)
        low, sample = (0.0, (0.5, 4.0)) if name == "tau" else (-math.inf, (-8.0, 8.0) if name == "w" else (-2.0, 4.0))
        bare = Parameter(
            name, symbol, default, _MEANINGS[name], _UNITS.get(name, ""), low, math.inf, name == "tau", sample
        )
        return self.bounded(bare, self.quantity(at, name), (*at, name)) if name in given else bare

    def quantity(self, at: Path, name: str) -> dict[str, Any]:
        """Return a number, or a table with one, as a table of values of the right types."""
        path = (*at, name)
        raw = self.at(at)[name]
        if not isinstance(raw, dict):
            return {"value": self.number(raw, name, path)}
        self.known(path, _PARAMETER_KEYS, f"parameter {brief(name)}")
        if "value" not in raw:
            raise self.refusal(f"{name} has no value: write {name} = {{ value = 1.0 }}", path)
        made: dict[str, Any] = {}
        for key in raw:
            if key in ("unit", "meaning"):
                made[key] = self.words(path, key, "")
            else:
                made[key] = self.number(raw[key], name if key == "value" else f"{key} of {name}", (*path, key))
        if "min" in made and "max" in made and not made["min"] < made["max"]:
            line = f"min of {name} must be below its max, got {made['min']!r} and {made['max']!r}"
            raise self.refusal(line, (*path, "min"))
        return made

    def bounded(self, p: Parameter, given: Mapping[str, Any], path: Path) -> Parameter:
        """Return a parameter with what the file says of it, within the bounds that it has."""
        low, high = given.get("min", -math.inf), given.get("max", math.inf)
        for key, end in (("min", low), ("max", high)):
            if key in given and not p.allows(end) and not (end == p.minimum and key == "min"):
                rule = p.below if end > p.maximum else p.above
                raise self.refusal(f"{key} of {p.name} must {rule}, got {end!r}", (*path, key))
        inside = low > p.minimum
        first, last = (min(p.sample[0], given["value"]), max(p.sample[1], given["value"]))
        first, last = low if "min" in given else min(first, high), high if "max" in given else max(last, low)
        sample = (first, last) if first < last else (first, first + max(1.0, abs(first)))
        return self.made(
            lambda: replace(
                p,
                default=given["value"],
                meaning=given.get("meaning", p.meaning),
                unit=given.get("unit", p.unit),
                minimum=low if inside else p.minimum,
                maximum=min(high, p.maximum),
                open_minimum=p.open_minimum and not inside,
                sample=sample,
            ),
            (*path, "value") if (*path, "value") in self.found else path,
        )

    # Simulation -------------------------------------------------------------------------------------------------------

    def simulate(self, model: RateModel) -> dict[str, Any]:
        if "simulate" not in self.document:
            return {}
        given = self.table((), "simulate")
        at: Path = ("simulate",)
        self.known(at, _SIMULATE_KEYS, "[simulate]")
        made: dict[str, Any] = {}
        for key, value in given.items():
            path = (*at, key)
            if key == "method":
                method = self.words(at, key, "")
                if method not in METHODS:
                    raise self.refusal(unknown_name("method", method, list(METHODS)), path)
                made[key] = method
            elif key == "seed":
                if type(value) is not int or value < 0:
                    raise self.refusal(f"seed must be a whole number of at least 0, got {shown(value)}", path)
                made[key] = value
            elif key == "r_init" and isinstance(value, dict):
                self.known(path, tuple(p.name for p in model.populations if p.name), "r_init")
                made[key] = {name: self.number(r, f"r_init of {name}", (*path, name)) for name, r in value.items()}
            else:
                made[key] = self.number(value, key, path)
                if key in ("T", "dt", "noise_tau") and not made[key] > 0:
                    raise self.refusal(f"{key} must be positive, got {made[key]!r} ms", path)
                if key == "noise_sigma" and not made[key] >= 0:
                    raise self.refusal(f"noise_sigma must not be negative, got {made[key]!r}", path)
        for key in ("noise_tau", "seed"):
            if key in made and "noise_sigma" not in made:
                raise self.refusal(f"{key} needs noise_sigma: write for instance noise_sigma = 0.7", (*at, key))
        return made

    # What all of these share ------------------------------------------------------------------------------------------

    def at(self, path: Path) -> dict[str, Any]:
        here: Any = self.document
        for key in path:
            here = here[key]
        return here  # type: ignore[no-any-return]

    def table(self, path: Path, key: str) -> dict[str, Any]:
        value = self.at(path)[key]
        if not isinstance(value, dict):
            name = ".".join(map(str, (*path, key)))
            raise self.refusal(f"{key} must be a table, got {shown(value)}: write [{printable(name)}]", (*path, key))
        return value

    def known(self, path: Path, keys: tuple[str, ...], what: str) -> None:
        """Refuse a table's key that is none of these."""
        for key in self.at(path) if self._is_there(path) else ():
            if key not in keys:
                raise self.refusal(unknown_name("key", key, list(keys), what), (*path, key))

    def _is_there(self, path: Path) -> bool:
        here: Any = self.document
        for key in path:
            if not isinstance(here, dict) or key not in here:
                return False
            here = here[key]
        return isinstance(here, dict)

    def value(self, path: Path, key: str, default: Any) -> Any:
        return self.at(path).get(key, default)

    def words(self, path: Path, key: str, default: str) -> str:
        """Return a text on one line, which can be printed."""
        value = self.value(path, key, default)
        if not isinstance(value, str):
            raise self.refusal(f"{key} must be text, got {shown(value)}: put it between double quotes", (*path, key))
        if len(value) > _LONGEST_WORDS:
            raise self.refusal(f"{key} has {len(value):,} characters, at most {_LONGEST_WORDS} fit", (*path, key))
        for character in value:
            if not character.isprintable():
                line = f"{key} has the character {escaped(character)}, which cannot be printed: remove it"
                raise self.refusal(line, (*path, key))
        return value

    def number(self, value: object, name: str, path: Path) -> float:
        """Return a finite number of the file as a float."""
        made = self.made(lambda: real_number(name, value), path)
        if not math.isfinite(made):
            raise self.refusal(f"{name} must be finite, got {made!r}", path)
        return made

    def made(self, make: Callable[[], V], path: Path) -> V:
        """Return what is made; a refusal of it gets the line of what it was made of."""
        try:
            return make()
        except FormulaError:
            raise
        except NullclineError as error:
            raise self.refusal(str(error), path) from None

    @contextmanager
    def placed(self, at: Path, text: str, own: tuple[str, ...]) -> Iterator[None]:
        """Give a refusal of a formula its place in the file."""
        try:
            yield
        except FormulaError as error:
            reason = error.reason
            if isinstance(error, UnknownName):
                table = ".".join(map(str, (*at[:-1], "parameters")))
                reason = f"{reason}; declare a parameter under [{table}]"
                if error.name in own:
                    reason = f"{error.name!r} belongs to the model, not to the transfer function: F is a function of x"
            place = self.found[(*at, "formula")]
            position = place.position
            if error.position is not None and error.text == text and error.position < len(place.characters):
                position = place.characters[error.position]
            line = line_of(self.text, position)
            raise FormulaError(f"{self.where}:{line}: {reason}", self.text, position) from None
        except NullclineError as error:
            raise self.refusal(str(error), (*at, "formula")) from None

    def refusal(self, reason: str, path: Path) -> ModelError:
        return ModelError(f"{self.place(path)}: {reason}")

    def place(self, path: Path) -> str:
        """Return the file and the line of a key, or of the nearest thing around it that has one."""
        while path and path not in self.found:
            path = path[:-1]
        return f"{self.where}:{line_of(self.text, self.found[path].position) if path else 1}"

    def warn(self, line: str, path: Path) -> None:
        warnings.warn(f"{self.place(path)}: {line}", NullclineWarning, stacklevel=2)


def _weight_key(to: str, source: str) -> str:
    """The name of a weight without its w_: EI, or A1_B where one letter is not enough."""
    return f"{to}{source}" if len(to + source) == 2 else f"{to}_{source}"


def _around(value: float) -> tuple[float, float]:
    """Where a parameter is studied that has no range: from half to twice its value, or about 0."""
    if value == 0:
        return -1.0, 1.0
    return (value / 2, value * 2) if value > 0 else (value * 2, value / 2)
