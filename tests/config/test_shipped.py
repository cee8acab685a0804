"""The instance that the repository is, the samples, and the starter."""

from pathlib import Path

import pytest

from aggregator.config.load import load
from aggregator.config.starter import STARTER, write_starter
from aggregator.errors import Unusable
from aggregator.tag.headlines import failures
from aggregator.tag.matcher import Tagger

ROOT = Path(__file__).parents[2]
FILES = (ROOT / "feeds.yaml", ROOT / "samples" / "feeds.yaml", STARTER)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_shipped_file_is_right_and_passes_its_headline_tests(file: Path) -> None:
    config = load(file, {})

    assert config.feeds
    assert config.people
    assert config.views
    assert failures(config.people, Tagger(config.people)) == ()


def test_the_shipped_instance_follows_those_it_was_made_for() -> None:
    config = load(ROOT / "feeds.yaml", {})

    assert {"sergei-lavrov", "federica-mogherini"} <= {person.slug for person in config.people}
    assert len(config.feeds) >= 12
    assert len(config.people) >= 20


def test_every_shipped_file_names_its_schema() -> None:
    for file in FILES[:2]:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        _, _, schema = first.partition("# yaml-language-server: $schema=")

        assert (file.parent / schema).is_file()


def test_the_feeds_of_the_samples_are_there() -> None:
    config = load(ROOT / "samples" / "feeds.yaml", {})

    for feed in config.feeds:
        assert (config.root / feed.url.removeprefix("file:")).is_file()


def test_a_starter_is_written_into_a_new_folder_and_never_over_anything(tmp_path: Path) -> None:
    folder = tmp_path / "news" / "room"

    file = write_starter(folder)

    assert load(file, {}).feeds
    file.write_text("mine")
    with pytest.raises(Unusable, match=r"feeds\.yaml: is there already, and is left as it is"):
        write_starter(folder)
    assert file.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "news").write_text("a file")

    with pytest.raises(Unusable, match="news: cannot be made: File exists"):
        write_starter(tmp_path / "news")


def test_a_starter_that_cannot_be_written_is_one_clear_error() -> None:
    nowhere = Path("/proc/self")
    if not nowhere.is_dir():
        pytest.skip("needs a folder in which no file can be made, even by root")

    with pytest.raises(Unusable, match=r"feeds\.yaml: cannot be written"):
        write_starter(nowhere)
