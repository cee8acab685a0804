"""What changed people would gain and lose, over an instance that has polled once."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import preview
from aggregator.errors import ConfigError
from aggregator.instance import Instance
from aggregator.pipeline import Tools
from tests.support.cli import aggregator
from tests.web.desks import write_instance

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
AS_IT_IS = """\
people:
  - name: Sergey Lavrov
  - name: Federica Mogherini
  - {name: Kirill Example, surname: never}
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    folder: Path = write_instance(tmp_path_factory.mktemp("instance"))
    assert aggregator(folder, "poll").code == 0
    with Instance(folder / "feeds.yaml", {}) as instance:
        yield instance.tools


def told(found: preview.Preview) -> dict[str, tuple[int, int]]:
    return {change.slug: (change.gained, change.lost) for change in found.changes}


def test_the_people_as_they_are_change_nothing(tools: Tools) -> None:
    found = preview.preview(tools, preview.current(tools), LONG_AGO)

    assert preview.current(tools) == AS_IT_IS
    assert (found.changes, found.lines, found.to_paste) == ((), (), "")
    assert (found.people, found.looked_at, found.complete) == (3, 6, True)


def test_gains_and_losses_are_counted_with_examples(tools: Tools) -> None:
    text = AS_IT_IS.replace("  - name: Sergey Lavrov\n", "") + "  - name: Anna Karlsson\n"

    found = preview.preview(tools, text, LONG_AGO)

    assert told(found) == {"anna-karlsson": (3, 0), "sergey-lavrov": (0, 2)}
    titles = [item.title for item, gains in found.changes[0].examples if gains]
    assert titles[0] == "Pianist plays Chopin"
    assert found.to_paste == "  - name: Anna Karlsson"
    assert "-  - name: Sergey Lavrov" in found.lines


def test_only_items_of_late_are_looked_at(tools: Tools) -> None:
    found = preview.preview(tools, AS_IT_IS, datetime.now(UTC) - timedelta(hours=2, minutes=30))

    assert found.looked_at == 2
    assert found.complete


def test_a_preview_ends_when_it_has_seen_enough(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "MOST_ITEMS", 4)

    found = preview.preview(tools, AS_IT_IS, LONG_AGO)

    assert (found.looked_at, found.complete) == (4, False)


def test_patience_ends_with_time() -> None:
    enough = preview.patience(10, most_time_s=0)

    assert enough()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("people:\n  - nmae: A\n", "people:2:5: "),
        ("- nmae: A\n", "people:1:3: "),
        ("# hers\npeople:\n- name: A\n- name: A\n", "people:4:"),
        ("nonsense", "people:1:1: "),
    ],
)
def test_mistakes_are_told_with_their_place_in_what_was_pasted(text: str, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        preview.people_of(text)

    assert str(refused.value.problems[0]).startswith(place)


def test_nothing_of_the_environment_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hidden")

    with pytest.raises(ConfigError) as refused:
        preview.people_of("- name: ${SECRET}\n")

    assert "hidden" not in str(refused.value)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_whatever_is_pasted_is_people_or_mistakes(text: str) -> None:
    with suppress(ConfigError):
        assert all(person.name for person in preview.people_of(text))


@pytest.mark.parametrize("after", ["", "views:\n  - {slug: a}\n", "# end\nfeeds: []\n"])
@pytest.mark.parametrize("before", ["", "site: {title: x}\n\n# who\n"])
def test_the_section_of_the_people_is_cut_out(before: str, after: str) -> None:
    people = "people:\n- name: A # here\n\n  # and\n- name: B\n"

    assert preview.section(before + people + after).startswith(people)
    assert "views" not in preview.section(before + people + after)
    assert "feeds" not in preview.section(before + people + after)
