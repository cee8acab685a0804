"""What one process tells another arrives as it was told."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aggregator.pulse import (
    ConfigTaken,
    PollEnded,
    Progress,
    Pulse,
    RoundEnded,
    Told,
    line,
    told,
)

sentences = some.text(max_size=40)
numbers = some.integers(min_value=0)
seconds = some.floats(min_value=0, allow_infinity=False)
pulses = some.builds(
    Pulse,
    ticks=numbers,
    error=some.none() | sentences,
    config_errors=some.lists(sentences, max_size=3).map(tuple),
    background=some.none() | some.builds(Progress, some.sampled_from(["retag", "assign"])),
    background_error=some.none() | sentences,
    absence=some.none() | sentences,
)
polls = some.builds(PollEnded, sentences, seconds, numbers, numbers, numbers)
rounds = some.builds(RoundEnded, some.booleans(), numbers, some.none() | seconds)


@given(pulses | polls | rounds | some.just(ConfigTaken()))
def test_whatever_is_told_arrives_in_one_line(said: Told) -> None:
    written = line(said)

    assert told(written) == said
    assert written.count(b"\n") == 1


@pytest.mark.parametrize(
    "nonsense", [b"\n", b"Traceback\n", b'["Other", {}]\n', b'["PollEnded", {"x": 1}]\n', b"7\n"]
)
def test_what_is_not_ours_is_refused(nonsense: bytes) -> None:
    with pytest.raises(ValueError, match="not told by us"):
        told(nonsense)


def test_a_pulse_that_follows_another_counts_its_own_ticks() -> None:
    ours, theirs = Pulse(ticks=7, absence="gone"), Pulse(ticks=1, error="no room on the disk")

    ours.follow(theirs)

    assert ours == Pulse(ticks=7, error="no room on the disk")
    assert ours.problems == ("no room on the disk",)


def test_a_copy_does_not_change_with_what_it_was_made_of() -> None:
    pulse = Pulse(background=Progress("retag", done=1))

    copied = pulse.copy()
    assert pulse.background is not None
    pulse.background.done = 2

    assert copied.background == Progress("retag", done=1)
