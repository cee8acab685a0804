"""Reads the refused documents beside this file."""

from dataclasses import dataclass
from pathlib import Path

REFUSED = Path(__file__).with_name("refused")


@dataclass(frozen=True)
class Refused:
    """A feeds.yaml that is refused, and every line it is refused with."""

    name: str
    text: str
    problems: list[str]  # "LINE:COLUMN: message"


def refused(kind: str) -> list[Refused]:
    """The documents of one kind: "yaml", "shape" or "meaning"."""
    whole = (REFUSED / f"{kind}.txt").read_text(encoding="utf-8")
    return [_document(block) for block in whole.split("\n=== ")[1:]]


def _document(block: str) -> Refused:
    name, _, rest = block.partition("\n")
    text, _, problems = f"\n{rest}".rpartition("\n---\n")
    return Refused(name, f"{text}\n".removeprefix("\n"), problems.strip().split("\n"))
