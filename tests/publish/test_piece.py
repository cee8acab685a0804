from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.piece import web_address


@pytest.mark.parametrize(
    ("given_address", "published"),
    [
        ("https://a.example/x?b=1#c", "https://a.example/x?b=1#c"),
        ("https://me:hidden@a.example/", "https://a.example/"),
        ("https://[::1]:8080/a[1]?b[]=2", "https://[::1]:8080/a%5B1%5D?b%5B%5D=2"),
        ("https://a.example/#one#two#", "https://a.example/#one%23two%23"),
        ("https://a.example/100%?b=%C3%A9%zz", "https://a.example/100%25?b=%C3%A9%25zz"),
        ('https://a.example/"<>', "https://a.example/%22%3C%3E"),
        ("javascript:alert(1)", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_published_without_what_none_may_hold(
    given_address: str | None, published: str | None
) -> None:
    assert web_address(given_address) == published


@given(st.text("abc:/?#[]@!%25 é", max_size=30))
def test_publishing_an_address_again_changes_nothing(rest: str) -> None:
    published = web_address(f"https://a.example/{rest}")

    assert published
    assert web_address(published) == published
    assert urlsplit(published).hostname == "a.example"
