import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.names import is_slug, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Sergey Lavrov", "sergey-lavrov"),
        ("Лавров Сергей", "lavrov-sergey"),
        ("Ursula von der Leyen", "ursula-von-der-leyen"),
        ("José Manuel Durão Barroso", "jose-manuel-durao-barroso"),
        ("Radosław Sikorski", "radoslaw-sikorski"),
        ("Jean-Noël  Barrot", "jean-noel-barrot"),
        ("Maureen O'Leary", "maureen-oleary"),
        ("S. Jaishankar", "s-jaishankar"),
        ("Игорь Соловьёв", "igor-solovev"),
        ("习近平", "xi-jin-ping"),
        ("김정은", "gim-jeong-eun"),
        ("Ali bin al-Hussein", "ali-bin-al-hussein"),
        ("Ewan McGregor", "ewan-mcgregor"),
        ("محمود عباس", "mhmwd-bs"),
        ("word " * 30, "word-" * 15 + "word"),
        ("x" * 200, "x" * 80),
        ("!!!", None),
        ("", None),
    ],
)
def test_a_slug_is_the_name_romanised(name: str, slug: str | None) -> None:
    assert slug_of(name) == slug


@given(st.text())
def test_a_slug_made_of_any_name_is_a_slug(name: str) -> None:
    slug = slug_of(name)

    assert slug is None or is_slug(slug)


@given(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,5}", fullmatch=True).filter(lambda s: len(s) < 81))
def test_the_slug_of_a_slug_is_itself(slug: str) -> None:
    assert slug_of(slug) == slug
