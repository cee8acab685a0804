"""Reads evaluation sets: `@ slug | name | aliases` lines, then cases a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aggregator.tag.matcher import Tagger
from aggregator.values.tag import Document, Person

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Case:
    """A document and the people it is to be tagged with."""

    kind: str
    expected: frozenset[str]
    document: Document


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over all documents, one for each person and document."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def read(name: str) -> tuple[list[Person], list[Case]]:
    """People and cases of a set."""
    people, cases = [], []
    for line in (DATA / name).read_text(encoding="utf-8").split("\n"):
        fields = [field.strip().replace("\\n", "\n") for field in line.strip("@ ").split("|")]
        if line.startswith("@"):
            aliases = tuple(a.strip() for a in fields[2].split(";") if a.strip())
            people.append(Person(fields[0], fields[1], aliases))
        elif line and not line.startswith("#"):
            kind, expected, title, text, *rest = fields
            categories = tuple(c.strip() for c in rest[0].split(";") if c.strip()) if rest else ()
            slugs = frozenset(slug.strip() for slug in expected.split(",") if slug.strip())
            cases.append(Case(kind, slugs, Document(title, text, categories)))
    return people, cases


def score(people: Sequence[Person], cases: Sequence[Case], *, tell: bool = False) -> Score:
    """How the tagger does on the cases; `tell` prints every miss."""
    tagger = Tagger(people)
    right = wrong = missed = 0
    for case in cases:
        tags = tagger.tag(case.document)
        got = {tag.slug for tag in tags}
        right += len(got & case.expected)
        wrong += len(got - case.expected)
        missed += len(case.expected - got)
        if tell and got != case.expected:
            said = [(match.text, match.rule) for tag in tags for match in tag.matches]
            print(case, "but got", sorted(got), said)  # noqa: T201 - asked for
    return Score(right, wrong, missed)
