"""What is spliced from the last version of a document equals what is made anew."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import pipeline, retention, verdicts
from aggregator.publish import atom
from aggregator.publish.piece import Piece
from tests.support.builders import NOW
from tests.test_archives import TAG, Desk, opened, steps

Step = Callable[[Desk], None]


def _copy_of(number: int) -> Step:
    """The same story again, at another address: it joins the item, or is one of its own."""

    def step(desk: Desk) -> None:
        if number in desk.posts:
            place = len(desk.posts)
            told = desk.posts[number]
            desk.posts[place] = replace(told, link=f"{told.link}?from={place}", guid=f"copy{place}")
            desk.poll()

    return step


def _time_passes(days: int) -> Step:
    """Old items leave the feed, and retention takes them."""

    def step(desk: Desk) -> None:
        desk.day += days
        since = NOW + timedelta(days=desk.day - 400)
        desk.posts = {n: post for n, post in desk.posts.items() if post.published > since}
        retention.forget_old(desk.now)

    return step


def _verdict_taken_back(number: int) -> Step:
    def step(desk: Desk) -> None:
        ids = sorted(desk.ids("all"))
        if number < len(ids):
            verdicts.correct(desk.now, ids[number], {"anna-lindqvist": None})

    return step


def published(public: Path) -> dict[str, bytes]:
    files = (path for path in public.rglob("*") if path.is_file())
    return {str(path.relative_to(public)): path.read_bytes() for path in files}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as made:
        yield made


def check(folder: Path, day: int) -> None:
    """A copy of the instance changes nothing when it publishes everything anew."""
    with TemporaryDirectory() as other:
        shutil.copytree(folder, other, dirs_exist_ok=True)
        with opened(Path(other)) as copy:
            copy.day = day
            before = published(copy.public)
            with copy.now.store.writing() as session:
                pipeline.mark_everything(copy.now, session)
            copy.publish()
            after = published(copy.public)
            changed = {
                path for path in before.keys() | after if before.get(path) != after.get(path)
            }
            assert not changed


stories = st.lists(
    st.one_of(
        steps,
        st.builds(_copy_of, st.integers(0, 20)),
        st.builds(_time_passes, st.integers(1, 200)),
        st.builds(_verdict_taken_back, st.integers(0, 20)),
    ),
    min_size=3,
    max_size=7,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories)
def test_whatever_happens_what_is_spliced_is_what_would_be_made_anew(story: list[Step]) -> None:
    with TemporaryDirectory() as folder, opened(Path(folder)) as desk:
        for step in story:
            step(desk)
            desk.publish()
        check(Path(folder), desk.day)


def _begun(desk: Desk) -> None:
    for number in range(3):
        desk.bring(number)
    desk.poll()
    desk.publish()


def _entries_made(desk: Desk) -> list[str]:
    """Titles of the entries that publishing renders."""
    made: list[str] = []
    render = atom.entry

    def watched(shown: Piece) -> bytes:
        made.append(shown.title)
        return render(shown)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(atom, "entry", watched)
        desk.publish()
    return made


def test_only_what_is_new_is_rendered(desk: Desk) -> None:
    _begun(desk)
    desk.bring(7)
    desk.poll()

    assert set(_entries_made(desk)) == {"Anna Lindqvist in Oslo, part 7"}


def test_closed_archives_are_made_of_what_the_feed_showed(desk: Desk) -> None:
    _begun(desk)
    for number in (7, 8):
        desk.bring(number)
    desk.poll()

    made = _entries_made(desk)

    assert desk.archives()
    assert set(made) == {f"Anna Lindqvist in Oslo, part {number}" for number in (7, 8)}


@pytest.mark.parametrize("file", ["atom.xml", "rss.xml", "feed.json", "index.html"])
def test_a_spoiled_file_is_not_spliced_but_heals(desk: Desk, tmp_path: Path, file: str) -> None:
    _begun(desk)
    spoiled = desk.public / TAG / file
    spoiled.write_bytes(spoiled.read_bytes().replace(b"part 1", b"tarp 1"))
    desk.bring(7)
    desk.poll()

    desk.publish()

    check(tmp_path, desk.day)


def test_a_feed_that_is_called_otherwise_now_is_so_wherever_its_items_show(desk: Desk) -> None:
    _begun(desk)
    desk.title = "The Evening Courier"
    desk.bring(7)
    desk.poll()

    desk.publish()

    document = desk.read(f"{TAG}/atom.xml")
    assert document.count(b"<title>The Evening Courier</title>") == 4
    assert b"<title>The Courier</title>" not in document


def test_a_person_of_another_name_is_called_so_in_every_strip(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        _begun(desk)
    (config,) = tmp_path.glob("feeds.yaml")
    renamed = config.read_text().replace(
        "- name: Anna Lindqvist",
        "- {name: Anna-Karin Lindqvist, slug: anna-lindqvist, aliases: [Anna Lindqvist]}",
    )
    with opened(tmp_path, renamed) as desk:
        desk.publish()

        assert desk.read(f"{TAG}/atom.xml").count(b"Names Anna-Karin Lindqvist") == 3
