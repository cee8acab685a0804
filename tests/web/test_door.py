from datetime import UTC, datetime, timedelta

import pytest

from aggregator.web.door import (
    MOST_SESSIONS,
    SESSION,
    TRIES,
    TRIES_OF_ALL,
    WINDOW,
    Door,
    TooManyTries,
)

TOKEN = "token"  # noqa: S105 (of tests)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> Door:
    return Door(TOKEN, clock)


@pytest.mark.parametrize("wrong", ["", "toke", "token ", "TOKEN", "tøken", "x" * 10_000, "\ud800"])
def test_only_the_very_token_opens(door: Door, wrong: str) -> None:
    assert door.enter(wrong, "a") is None
    assert door.enter(TOKEN, "a") is not None


def test_sessions_are_told_apart_and_cannot_be_guessed(door: Door) -> None:
    first, second = door.enter(TOKEN, "a"), door.enter(TOKEN, "a")

    assert first
    assert second
    assert first.id != second.id
    assert len(first.id) > 40
    assert door.session(first.id) is first
    assert door.session("") is None
    assert door.session(None) is None
    assert door.says(first, first.csrf)
    assert not door.says(first, second.csrf)
    assert not door.says(first, "")


def test_a_session_ends_when_it_is_left_or_not_used(door: Door, clock: Clock) -> None:
    left, used, unused = (door.enter(TOKEN, "a") for _ in range(3))
    assert left
    assert used
    assert unused

    door.leave(left)
    clock.now += SESSION - timedelta(minutes=1)
    assert door.session(used.id) is used
    clock.now += timedelta(minutes=1)

    assert door.session(left.id) is None
    assert door.session(unused.id) is None
    assert door.session(used.id) is used


def test_there_is_an_end_to_how_many_sessions_are_kept(door: Door) -> None:
    first = door.enter(TOKEN, "a")
    for _ in range(MOST_SESSIONS):
        last = door.enter(TOKEN, "a")

    assert first
    assert last
    assert door.session(first.id) is None
    assert door.session(last.id) is last


def test_guessing_is_stopped_for_a_while_even_if_the_guess_is_right(
    door: Door, clock: Clock
) -> None:
    for _ in range(TRIES):
        door.enter("guess", "a")

    with pytest.raises(TooManyTries) as refused:
        door.enter(TOKEN, "a")

    assert timedelta(0) < refused.value.wait <= WINDOW
    assert door.enter(TOKEN, "another address")
    clock.now += WINDOW
    assert door.enter(TOKEN, "a")


def test_guessing_from_many_addresses_is_stopped_too(door: Door) -> None:
    for number in range(TRIES_OF_ALL):
        door.enter("guess", str(number))

    with pytest.raises(TooManyTries):
        door.enter(TOKEN, "fresh address")


def test_a_login_form_belongs_to_its_browser(door: Door, clock: Clock) -> None:
    one, other = door.visitor(), door.visitor()

    assert door.says_at_login(one, door.login_csrf(one))
    assert not door.says_at_login(one, door.login_csrf(other))
    assert not door.says_at_login(one, "")
    assert not door.says_at_login(one, Door(TOKEN, clock).login_csrf(one))
