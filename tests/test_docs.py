"""The documents tell the truth, as far as a program can see."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from typer.main import get_command

from aggregator.cli import app

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCS, ids=name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)

    for link in links:
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = document.parent / path if path else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), link


def commands(group: object, path: str = "aggregator") -> Iterator[tuple[str, object]]:
    """Every verb that does something, with the words that call it."""
    found = getattr(group, "commands", None)
    if found is None:
        if not getattr(group, "hidden", False):
            yield path, group
        return
    for word, command in found.items():
        yield from commands(command, f"{path} {word}")


VERBS = dict(commands(get_command(app)))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_guide_with_its_options(verb: str) -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{verb}(?: [^`]*)?` \|.*$", guide, re.MULTILINE)

    assert row is not None
    for option in VERBS[verb].params:  # type: ignore[attr-defined] # a command of whatever click typer brings
        if option.param_type_name == "option":
            assert option.opts[0] in row[0]


def test_no_verb_is_in_the_guide_that_does_not_exist() -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(aggregator [a-z -]+?)(?: \[?[A-Z][^`]*)?` \|", guide, re.MULTILINE)

    assert set(rows) == set(VERBS)


def test_every_dependency_has_its_line_of_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    extras = project["project"]["optional-dependencies"].values()
    lines = chain(project["project"]["dependencies"], *extras)
    wanted = {bare(line) for line in lines}
    told = set(re.findall(r"^\| ([a-z0-9.-]+) \|", text, re.MULTILINE)) - {"package"}

    assert told == wanted
    for group in project["dependency-groups"].values():
        for line in group:
            assert isinstance(line, dict) or bare(line) in text


def bare(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return found[0]


def test_what_is_needed_is_pinned_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    service = pins("deploy/requirements.txt")
    everything = pins("constraints.txt")

    assert {bare(line).lower() for line in project["project"]["dependencies"]} <= set(service)
    assert service.items() <= everything.items()
    scaled = pins("deploy/requirements-scaled.txt")
    assert {"procrastinate", "psycopg", "obstore"} <= set(scaled)
    assert service.items() <= scaled.items() <= everything.items()
    assert pins("deploy/build.txt").items() <= everything.items()


def pins(file: str) -> dict[str, str]:
    """Names and versions of a lock file, each of which has to have a hash."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = re.findall(
        r"^([a-z0-9._-]+)==(\S+)(?: ;[^\\\n]*)? \\\n +--hash=sha256:", text, re.MULTILINE
    )
    assert len(found) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    return dict(found)


@pytest.mark.parametrize("document", DOCS, ids=name)
def test_every_make_target_named_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)

    assert set(named) <= targets


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")

    for file in filter(None, listed.stdout.split("\0")):
        path = ROOT / file
        text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
        assert not [registry for registry in REGISTRIES if registry in text], file
