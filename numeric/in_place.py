"""Generated lines, turned into NumPy calls that write where something is no longer needed.

NumPy makes a new array for each operation, and for arrays beyond the processor's cache that costs more than the
operation does. Here each value is written over an operand that is not used again, or into a spare array.
"""

import ast
from collections import Counter
from collections.abc import Sequence

from .source import definition

_UFUNCS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
# Functions that write into an array given to them.
_WRITING = frozenset({"exp", "tanh", "abs", "minimum", "maximum", "expm1"})


def in_place(
    name: str, rates: Sequence[str], inputs: Sequence[str], lines: Sequence[str], results: Sequence[str]
) -> tuple[str, int]:
    """Return the text of a function of the rates, other inputs and a list of spare arrays, and how many it needs.

    The function returns the new rates and the arrays that are then spare; the rates that it was given are spent.
    """
    writer = _Writer(lines, rates, results)
    for line in lines:
        (statement,) = ast.parse(line).body
        assert isinstance(statement, ast.Assign)
        (target,) = statement.targets
        assert isinstance(target, ast.Name)
        writer.places[target.id] = writer.operand(statement.value).rstrip("!")
    returned = [writer.places[result] for result in results]
    spare = [place for place in [*rates, *writer.spares] if place not in returned]
    body = [
        *([f"{', '.join(writer.spares)}, = spare"] if writer.spares else []),
        *writer.written,
        f"return ({', '.join(returned)},), [{', '.join(spare)}]",
    ]
    return definition(name, [*rates, *inputs, "spare"], body), len(writer.spares)


class _Writer:
    def __init__(self, lines: Sequence[str], rates: Sequence[str], results: Sequence[str]) -> None:
        self.written: list[str] = []
        self.spares: list[str] = []
        self.places = {rate: rate for rate in rates}
        self._free: list[str] = []
        moving = {*rates, *(line.split(" = ", 1)[0] for line in lines)}
        # How often each value is still needed: when that is never, its array may be written over.
        self._uses = Counter(
            node.id
            for line in lines
            for node in ast.walk(ast.parse(line.split(" = ", 1)[1]))
            if isinstance(node, ast.Name) and node.id in moving
        )
        self._uses.update(results)

    def operand(self, node: ast.expr) -> str:
        """Write what computes an expression; return the name of its array, or its text where nothing in it moves.

        A name that ends in "!" is that of an array which may be written over.
        """
        if isinstance(node, ast.Name) and node.id in self.places:
            return self._used(node.id)
        if not any(isinstance(n, ast.Name) and (n.id in self.places or n.id[0] == "d") for n in ast.walk(node)):
            return ast.unparse(node)
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.BinOp):
            return self._into(_UFUNCS[type(node.op)], self._operands([node.left, node.right]))
        if isinstance(node, ast.UnaryOp):
            return self._into("negative", [self.operand(node.operand)])
        if isinstance(node, ast.Compare):
            sides = self._operands([node.left, *node.comparators])
            self.written.append(f"c{len(self.written)} = {_compared(node, [s.rstrip('!') for s in sides])}")
            self._release(sides)
            return f"c{len(self.written) - 1}"
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        arguments = self._operands(node.args)
        if node.func.id in _WRITING:
            return self._into(node.func.id, arguments)
        text = f"{node.func.id}({', '.join(a.rstrip('!') for a in arguments)})"
        self._release(arguments)
        place = self._spare()
        self.written.append(f"{place} = {text}")
        return f"{place}!"

    def _operands(self, nodes: Sequence[ast.expr]) -> list[str]:
        """Write what computes several expressions, names last: none is written over while it is still needed."""
        made = {i: self.operand(node) for i, node in enumerate(nodes) if not isinstance(node, ast.Name)}
        return [made[i] if i in made else self.operand(node) for i, node in enumerate(nodes)]

    def _used(self, name: str) -> str:
        """Count a use of a value; from the last one on, its array is free to be written over."""
        self._uses[name] -= 1
        place = self.places[name]
        return place if self._uses[name] else f"{place}!"

    def _into(self, function: str, arguments: list[str]) -> str:
        """Write a call that puts its result over an operand that is not needed again, or into a spare array."""
        over = next((a[:-1] for a in arguments if a.endswith("!")), None)
        target = over or self._spare()
        texts = [a.rstrip("!") for a in arguments]
        self.written.append(f"{function}({', '.join(texts)}, out={target})")
        self._release([a for a in arguments if a.rstrip("!") != target])
        return f"{target}!"

    def _release(self, arguments: list[str]) -> None:
        self._free += [a[:-1] for a in arguments if a.endswith("!")]

    def _spare(self) -> str:
        if self._free:
            return self._free.pop()
        self.spares.append(f"b{len(self.spares)}")
        return self.spares[-1]


def _compared(node: ast.Compare, sides: list[str]) -> str:
    signs = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
    return f"{sides[0]} {signs[type(node.ops[0])]} {sides[1]}"
