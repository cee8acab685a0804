"""What the schema finds wrong, said to an editor: what is wrong, and what to write instead."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from aggregator.config import checks, nodes, schema

SECTIONS: Mapping[str, type[BaseModel]] = {
    "site": schema.Site,
    "poll": schema.Poll,
    "publish": schema.Publish,
    "keep": schema.Keep,
}
LISTS: Mapping[str, type[BaseModel]] = {
    "feeds": schema.Feed,
    "people": schema.Person,
    "views": schema.View,
    "alerts": schema.Alert,
}

_SAID = {
    "missing": "key `{name}` is missing: add `{name}: ...`",
    "literal_error": "{what} is not possible for `{name}`: write {expected}",
    "greater_than_equal": "{what} is out of range for `{name}`: write {ge} or more",
    "less_than_equal": "{what} is out of range for `{name}`: write {le} or less",
    "int_type": "{what} is no whole number: write `{name}: 10`, without quotes",
    "bool_type": "{what} is neither true nor false: write `{name}: true` or `{name}: false`",
    "list_type": "{what} is no list: write `{name}: [...]`, or lines that start with `- `",
    "too_short": "`{name}` is empty: write at least one",
    "model_type": "{what} stands where keys and values are expected: {example}",
    "dict_type": "{what} stands where keys and values are expected: {example}",
}
_EXAMPLES = {
    "feeds": "write an address, or `url: ...` with more keys below it",
    "people": "write `name: ...` with more keys below it",
    "views": "write `{slug: ..., title: ..., match: ...}`",
    "alerts": "write `{url: ..., on: [...]}`",
}


def complaint(
    detail: Mapping[str, Any], steps: Sequence[str | int], node: nodes.Node | None
) -> str:
    """One line for an editor.

    Args:
        detail: an error as pydantic lists it.
        steps: where in the file.
        node: what stands there, its variables not filled in; None where nothing does.
    """
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    match detail["type"]:
        case "extra_forbidden":
            return _unknown(str(steps[-1]), steps[:-1])
        case "string_type":
            return _no_text(name, node, secret="headers" in steps or name == "secret")
        case "value_error":
            refusal = detail["ctx"]["error"]
            if isinstance(refusal, checks.Sentence):
                return str(refusal)
            return f"{_what(node)} {refusal}"
        case kind:
            section = str(steps[0]) if steps else ""
            context = {
                key: str(said).replace("'", "`") for key, said in detail.get("ctx", {}).items()
            }
            return _SAID.get(kind, "{what} is not possible for `{name}`").format(
                what=_what(node),
                name=name,
                example=_EXAMPLES.get(section, f"write `{name}:` with its keys indented below it"),
                **context,
            )


def no_list(section: str, node: nodes.Node) -> str:
    """A section that must be a list is something else."""
    return _SAID["list_type"].format(what=_what(node), name=section)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """What was probably meant; None when nothing is like it."""
    near = get_close_matches(word, list(known), n=1)
    return near[0] if near else None


def _unknown(key: str, above: Sequence[str | int]) -> str:
    model = {**SECTIONS, **LISTS}[str(above[0])] if above else schema.FeedsFile
    known = list(model.model_fields)
    meant = nearest(key.lower(), known)
    if meant is not None:
        return f"unknown key `{nodes.shown(key)}`: did you mean `{meant}`?"
    elsewhere = next(
        (name for name, other in {**SECTIONS, **LISTS}.items() if key in other.model_fields), None
    )
    if elsewhere is not None and not above:
        return f"unknown key `{key}` here: it belongs into `{elsewhere}:`, indented"
    return f"unknown key `{nodes.shown(key)}`: the keys here are {', '.join(known)}"


def _no_text(name: str, node: nodes.Node | None, *, secret: bool) -> str:
    if not isinstance(node, nodes.Scalar):
        return f"{_what(node)} stands where text is expected: write `{name}: ...`"
    if node.value is None:
        return f"`{name}` has an empty value: write some text, or remove it"
    kind = "true or false" if isinstance(node.value, bool) else "a number"
    if secret:
        return f"YAML reads this as {kind}, not as text: put it in quotes"
    text = nodes.shown(node.text)
    return f'YAML reads `{text}` as {kind}, not as text: write "{text}"'


def _what(node: nodes.Node | None) -> str:
    """What stands there, in short, as it is written."""
    match node:
        case nodes.Scalar(text=text) if text.strip():
            return f"`{nodes.shown(text)}`"
        case nodes.Mapping():
            return "a group of keys"
        case nodes.Sequence():
            return "a list"
        case _:
            return "an empty value"
