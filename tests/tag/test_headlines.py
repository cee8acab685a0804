"""The editors' own tests, and what `check` warns of."""

import pytest

from aggregator.tag.headlines import failures, warnings
from aggregator.tag.matcher import Tagger
from aggregator.values.tag import Person


def test_headlines_that_are_tagged_as_demanded_fail_nothing() -> None:
    people = [
        Person(
            "lavrov",
            "Sergey Lavrov",
            must=("Lavrov arrives in Milan",),
            must_not=("Pianist Kirill Lavrov on tour",),
        )
    ]

    assert failures(people, Tagger(people)) == ()


def test_a_failing_headline_names_the_person_the_test_and_the_remedy() -> None:
    people = [
        Person("nobody", "Max Muster"),
        Person(
            "lavrov",
            "Sergey Lavrov",
            must=("Sergey Lavrov speaks", "The minister from Moscow speaks"),
            must_not=("The late show with Lavrov",),
        ),
    ]

    missed, wrong = failures(people, Tagger(people))

    assert (missed.person, missed.kind, missed.test) == (1, "must", 1)
    assert "tagged with nobody" in missed.message
    assert (wrong.person, wrong.kind, wrong.test) == (1, "must_not", 0)
    assert '"Lavrov" (surname)' in wrong.message


def test_an_alias_of_two_people_is_warned_of_on_both_sides() -> None:
    people = [
        Person("elder", "George H. W. Bush", ("George Bush",), surname="never"),
        Person("younger", "George W. Bush", ("GEORGE BUSH",), surname="never"),
    ]

    found = warnings(people)

    assert [(w.person, w.place, w.alias) for w in found] == [(0, "aliases", 0), (1, "aliases", 0)]


@pytest.mark.parametrize(
    "alias", ["Lavrov, Sergei", "SERGEI LAVROV", "s.v.lavrov", "Serg\u00e9i Lavrov"]
)
def test_an_alias_that_is_another_persons_name_is_warned_of(alias: str) -> None:
    people = [
        Person("lavrov", "Sergei Lavrov", ("S. V. Lavrov",), surname="never"),
        Person("double", "Ivo Double", (alias,), surname="never"),
    ]

    first, second = warnings(people)

    assert (first.person, second.person, second.alias) == (0, 1, 0)
    assert second.message.startswith(f'"{alias}" is also a name of lavrov')


def test_surnames_that_say_little_are_warned_of_unless_the_editor_decided() -> None:
    people = [
        Person("may", "Theresa May"),
        Person("jones", "Robert Jones"),
        Person("martin", "Robert Martin"),
        Person("lincoln", "Mary Toledo"),
        Person("cook", "Robin Cook", surname="always"),
        Person("lavrov", "Sergey Lavrov"),
        Person("xi", "习近平"),
    ]

    said = {people[w.person].slug: w.message for w in warnings(people)}

    assert sorted(said) == ["jones", "lincoln", "martin", "may"]
    assert "a common word" in said["may"]
    assert "a place" in said["lincoln"]
    assert "a very frequent surname" in said["jones"]


def test_a_missing_native_alias_is_warned_of_where_feeds_of_that_script_are_polled() -> None:
    people = [
        Person("lavrov", "Sergey Lavrov", ("Сергей Лавров",)),
        Person("mogherini", "Federica Mogherini"),
    ]

    found = warnings(people, {"ru": 2, "uk-UA": 1, "en": 9, "el": 1, "he": 0})

    assert [(w.person, w.message) for w in found] == [
        (0, '"Sergey Lavrov" has no Greek alias, and 1 feed is in that script'),
        (1, '"Federica Mogherini" has no Cyrillic alias, and 3 feeds are in that script'),
        (1, '"Federica Mogherini" has no Greek alias, and 1 feed is in that script'),
    ]


def test_many_missing_aliases_are_told_of_in_one_line() -> None:
    people = [Person(f"p{number}", f"Anna Number{number}") for number in range(100)]

    (found,) = (weak for weak in warnings(people, {"ru": 2}) if "alias" in weak.message)

    assert (found.person, found.place) == (0, "aliases")
    assert found.message.startswith('"Anna Number0" and 99 others have no Cyrillic alias, and 2')
