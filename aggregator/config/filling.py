"""Nodes as plain values, with `${NAME}` filled in from the environment."""

import re
from collections.abc import Mapping

from aggregator.config import nodes

_VARIABLE = re.compile(r"\$\{([^{}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Filling:
    """Fills variables in, and remembers where: what comes of them is never shown."""

    def __init__(self, document: nodes.Document, environ: Mapping[str, str]) -> None:
        self._document, self._environ = document, environ
        self.faults: list[nodes.Fault] = []
        self.filled: set[int] = set()  # offsets of values that hold a variable
        self.unset: set[int] = set()  # of those whose variable has no value

    def plain(self, node: nodes.Node | None) -> object:
        """The node as dict, list and scalar."""
        return nodes.plain(node, self._scalar)

    def _scalar(self, node: nodes.Scalar) -> object:
        value = node.value
        if not isinstance(value, str):
            return value
        if not nodes.is_clean(value):
            self.faults.append(
                nodes.Fault(node.start, "an escape names a control character: remove it")
            )
        if "${" not in value:
            return value
        self.filled.add(node.start)
        return _VARIABLE.sub(lambda found: self._variable(node, found), value)

    def _variable(self, node: nodes.Scalar, found: re.Match[str]) -> str:
        name = found[1]
        if not _NAME.fullmatch(name) or not found[0].endswith("}"):
            message = f"`{nodes.shown(found[0])}` is no variable: write ${{NAME}}"
        elif (value := self._environ.get(name)) is None:
            message = f"the environment has no {name}: set it, or write the value itself"
        elif not nodes.is_clean(value):
            message = f"{name} holds control characters: set it anew in the environment"
        else:
            return value
        self.unset.add(node.start)
        self.faults.append(nodes.Fault(self._document.inside(node, found.start()), message))
        return ""
