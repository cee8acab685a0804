"""Numbers for every three words in a row are what reckoning with them one by one gives."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.shingles import BITS, LED, MOST, SCHEME, hashes, numbers, sketch
from aggregator.dedupe.words import folded

MIX = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
any_hash = st.integers(0, 2**32 - 1)


@given(st.lists(any_hash, max_size=LED))
def test_numbers_are_those_of_each_three_words(words: list[int]) -> None:
    padded = words + [0] * (3 - len(words)) if words else []

    assert list(numbers(words)) == [
        ((((one * MIX + two) * MIX & MASK) >> 7) + three + SCHEME) * MIX & MASK
        for one, two, three in zip(padded, padded[1:], padded[2:], strict=False)
    ]


@given(st.lists(any_hash, min_size=3, max_size=MOST))
def test_a_sketch_has_a_bit_for_each_three_words(words: list[int]) -> None:
    places = {
        (one + 3 * two + 9 * three) % BITS
        for one, two, three in zip(words, words[1:], words[2:], strict=False)
    }

    assert sketch(words) == sum(1 << BITS - 1 - place for place in places)


@given(
    st.lists(
        st.sampled_from(["U.S.", "1,234", "1\u00a0234", " ", "’s", "é", "日本", "-", "- ", "Fog\n"])
    )
)
def test_hashes_of_a_text_are_those_of_its_words(pieces: list[str]) -> None:
    text = "".join(pieces)
    words = [crc32(word.encode()) for word in folded(text, 1000)]

    assert hashes(text, 1000) == words
    assert hashes(text, 3) == words[:3]
