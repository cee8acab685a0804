"""Everything that feeds.yaml may not say, and what an editor is told."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.config.load import MAX_PROBLEMS, load, loads
from aggregator.errors import ConfigError
from tests.config.corpus import Refused, refused

DOCUMENTS = [document for kind in ("yaml", "shape", "meaning") for document in refused(kind)]


FILE = Path("feeds.yaml")


def complaints(
    body: bytes, environ: Mapping[str, str] | None = None, file: Path = FILE
) -> list[str]:
    """Each problem without the path, as the command would print it."""
    with pytest.raises(ConfigError) as refusal:
        loads(body, file, environ or {})
    return [str(problem).removeprefix(f"{file}:") for problem in refusal.value.problems]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_refused_document_is_refused_with_these_lines(document: Refused) -> None:
    assert complaints(document.text.encode()) == document.problems


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "1:1: the file is empty: write `feeds:` and addresses below it"),
        (b"feeds: " + b"[" * 200_000, "1:28: nested more than 20 deep: no feeds.yaml is"),
        (b"feeds: " + b"{a: " * 200_000, "1:85: nested more than 20 deep: no feeds.yaml is"),
        (
            b"".join(b"  " * depth + b"a:\n" for depth in range(900)),
            "21:41: nested more than 20 deep: no feeds.yaml is",
        ),
        (b"# " + b"x" * 4_000_000, "1:1: the file is larger than 4 MB: no feeds.yaml is"),
        (b"site: {title: a\x07b}", "1:16: control character U+0007: remove it"),
        ("a: x\u2028".encode(), "1:5: control character U+2028: remove it"),
        (b"\0\0", "1:1: control character U+0000: remove it"),
        (
            "# Zürich\nté".encode("latin-1"),
            "1:4: this is not UTF-8: save the file in that encoding",
        ),
        ("feeds: []".encode("utf-16"), "1:1: this is not UTF-8: save the file in that encoding"),
        (b"# one\r# two\r\n# three\n\tx", "4:1: a tab cannot indent YAML: use spaces"),
        ("a: 'é𝄞' b: c".encode(), None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bytes_that_are_no_text_are_refused_at_the_character(
    body: bytes, expected: str | None, tmp_path: Path
) -> None:
    found = complaints(body)

    if expected is None:
        assert found[0].startswith("1:9: ")
    else:
        assert found == [expected]


def test_a_file_that_is_not_there_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path / "feeds.yaml", {})

    assert str(refusal.value) == (
        f"{tmp_path}/feeds.yaml:1:1: no such file: run `aggregator init`, or name it with --config"
    )


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r":1:1: cannot be read: Is a directory"):
        load(tmp_path, {})


def test_a_path_no_system_takes_cannot_be_read() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(Path("feeds\0.yaml"), {})


def test_the_path_is_shown_as_it_was_given() -> None:
    with pytest.raises(ConfigError, match=r"^sub/feeds\.yaml:1:1: "):
        loads(b"", Path("sub/feeds.yaml"), {})


def test_problems_come_in_the_order_of_their_places() -> None:
    body = (
        b"views: [{slug: A}]\npoll: {interval: 1}\nfeeds:\n- x\n- {url: https://a.example/, x: 1}\n"
    )

    found = complaints(body)

    assert [line.split(": ")[0] for line in found] == ["1:9", "1:9", "1:16", "2:18", "4:3", "5:29"]


def test_ten_thousand_mistakes_are_found_in_time_and_shown_in_part() -> None:
    found = complaints(b"site: {}\n" * 5_000)

    assert len(found) == MAX_PROBLEMS
    assert found[-1].endswith("(and 4799 problems more)")


def test_a_hundred_thousand_unknown_keys_are_not_all_put_into_words() -> None:
    found = complaints("".join(f"k{n}: 1\n" for n in range(100_000)).encode())

    assert len(found) == MAX_PROBLEMS
    assert found[-1].endswith("(and more than 1800 problems more)")


def test_views_are_not_blamed_for_people_and_groups_that_could_not_be_read() -> None:
    body = (
        b"people: [{name: A B, slug: a b}]\nfeeds: [{groups: [eu]}]\n"
        b"views: [{slug: v, title: V, match: a-b and group:eu}]\n"
    )

    assert [line.split(":")[0] for line in complaints(body)] == ["1", "2"]


SECRET = "hunter2 so:secret"  # noqa: S105  a made-up one, to look for


@pytest.mark.parametrize(
    "body",
    [
        "feeds: ['${KEY}']",
        "feeds: ['gopher://${KEY}/']",
        "feeds:\n- url: https://a.example/\n  headers: {'A': 'x ${KEY}é'}",
        "feeds:\n- {url: https://a.example/, interval: '${KEY}', language: '${KEY}'}",
        "site: {url: '${KEY}', contact: '${KEY}', hub: '${KEY}'}",
        "poll: {proxy: '${KEY}', allow_hosts: ['${KEY}'], concurrency: '${KEY}'}",
        "poll: {max_bytes: '${KEY}', allow_private_networks: '${KEY}'}",
        "people: [{name: A B, slug: '${KEY}', wikidata: '${KEY}', surname: '${KEY}'}]",
        "views: [{slug: v, title: V, match: '${KEY}'}]",
        "database: '${KEY}'",
        "publish: {to: '/${KEY}'}",
        "keep: {items: '${KEY}'}",
        "site: {title: '${BELL}'}",
    ],
)
def test_no_message_shows_what_the_environment_holds(body: str) -> None:
    found = complaints(body.encode(), {"KEY": SECRET, "BELL": "hunter2\a"})

    assert found
    assert not any("hunter" in line or "secret" in line for line in found)


def test_a_database_from_the_environment_is_checked_and_not_shown() -> None:
    found = complaints(b"feeds: []", {"AGGREGATOR_DATABASE": "mysql://u:hunter2@h/n"})

    (line,) = found
    assert line.startswith("1:1: AGGREGATOR_DATABASE in the environment: a database is expected")


def test_no_message_shows_a_password_of_an_address() -> None:
    found = complaints(b"feeds: ['ftp://user:hunter2@a.example/']")

    assert found == [
        "1:9: `ftp://a.example/` has scheme `ftp`: write an http:// or https:// address"
    ]


def test_a_link_that_leads_out_of_the_instance_is_no_file_of_it(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    (tmp_path / "secret.xml").write_text("x")
    (instance / "inside.xml").symlink_to("../secret.xml")

    assert complaints(b"feeds: [file:inside.xml]", file=instance / "feeds.yaml") == [
        "1:9: this file lies outside the instance: move it below feeds.yaml's folder"
    ]


_lines = st.lists(
    st.sampled_from(
        [
            "feeds:",
            "people:",
            "views:",
            "site:",
            "poll: {interval: 20m}",
            "  - https://a.example/",
            "  - {url: https://b.example/, groups: [eu]}",
            "  - url: *a",
            "  - name: &a Ann Bell",
            "    slug: ann",
            "    must: [x, 1, ~, '${X}']",
            "  - {slug: v, title: V, match: not (ann or group:eu)}",
            "- !!x y",
            "? [a]",
            "  <<: *a",
            "---",
            "\t",
            "'",
        ]
    ),
    max_size=8,
).map(lambda lines: "\n".join(lines).encode())


@given(st.binary() | st.text().map(str.encode) | _lines)
@example(b"site: {title: !<tag:yaml.org,2002:str> x}")
@example(b"&a *a")
@example(b"a: \xef\xbb\xbfb")
@example(b"%YAML 3.0\n---\nx")
@example(b"feeds: 0x" + b"f" * 15 + b"\nkeep: 1e999\nviews: .nan")
@example(
    b"feeds: [http://[x/, 'http://a:b/', 'file:%00', 'file://[', 'http://\xe2\x84\xaa.example/']"
)
def test_nothing_but_a_config_error_ever_comes_of_any_bytes(body: bytes) -> None:
    problems: tuple[object, ...] = ()
    try:
        loads(body, Path("feeds.yaml"), {})
    except ConfigError as refusal:
        problems = refusal.problems

    assert all("\n" not in str(problem) for problem in problems)
