"""Names worth listing."""

from aggregator.tag.matcher import Tagger
from aggregator.tag.suggest import Suggester, Suggestion
from aggregator.values.tag import Document, Person

PEOPLE = [Person("lavrov", "Sergey Lavrov", ("Sergei Lavrov",)), Person("xi", "Xi Jinping")]


def suggested(*documents: Document, least: int = 3) -> tuple[Suggestion, ...]:
    suggester = Suggester(PEOPLE, Tagger(PEOPLE))
    for document in documents:
        suggester.read(document)
    return suggester.suggestions(least=least)


def test_a_name_seen_often_that_matches_nobody_is_suggested_with_two_headlines() -> None:
    documents = [
        Document(f"Headline {n}", "The talks were led by Heiko Maas in Berlin. Heiko Maas smiled.")
        for n in range(3)
    ]

    (found,) = suggested(*documents)

    assert (found.kind, found.name, found.slug, found.documents) == (
        "person",
        "Heiko Maas",
        None,
        3,
    )
    assert found.headlines == ("Headline 0", "Headline 1")
    assert found.line == '  - name: "Heiko Maas"'


def test_listed_people_places_and_rare_names_are_not_suggested() -> None:
    document = Document("A visit", "Sergey Lavrov flew over. Angela Merkel Street is closed.")

    assert suggested(document) == ()


def test_a_spelling_found_by_ear_is_offered_as_an_alias() -> None:
    (found,) = suggested(Document("Визит", "В Женеву прибыл Сергей Лавров."))

    assert (found.kind, found.name, found.slug, found.script) == (
        "native", "Сергей Лавров", "lavrov", "cyrillic",
    )  # fmt: skip
    assert found.line == '    aliases: ["Sergei Lavrov", "Сергей Лавров"]'


def test_a_spelling_in_brackets_behind_a_listed_name_is_offered_as_an_alias() -> None:
    (found,) = suggested(Document("", "President Xi Jinping (习近平) spoke."))

    assert (found.kind, found.name, found.line) == ("native", "习近平", '    aliases: ["习近平"]')


def test_a_slip_of_the_pen_is_a_near_miss() -> None:
    (found,) = suggested(Document("", "The note was signed by Sergei Lovrov yesterday."), least=1)

    assert (found.kind, found.name, found.slug) == ("near", "Sergei Lovrov", "lavrov")


def test_a_surname_that_is_a_word_is_one_after_a_given_name_that_is_none() -> None:
    found = suggested(
        *[Document("", f"Day {n}: in the hall Donald Trump spoke.") for n in range(3)]
    )

    assert [one.name for one in found] == ["Donald Trump"]


def test_a_name_behind_the_first_word_of_a_sentence_is_seen_without_it() -> None:
    text = "It rained for days and then it cleared. Meanwhile Emmanuel Macron spoke to the crowd."

    assert [one.name for one in suggested(Document("", text), least=1)] == ["Emmanuel Macron"]


def test_a_given_name_that_nobody_knows_needs_more_documents() -> None:
    documents = [
        Document("", f"On day {n} of the talks the note came from Zorvan Trelk himself.")
        for n in range(6)
    ]

    assert suggested(*documents[:5]) == ()
    assert [one.name for one in suggested(*documents)] == ["Zorvan Trelk"]


def test_what_is_written_without_capitals_elsewhere_is_no_name() -> None:
    documents = [
        Document("", f"In week {n} the Zorvan Trelk opened, a trelk of glass and steel.")
        for n in range(9)
    ]

    assert suggested(*documents) == ()


def test_a_name_with_a_word_too_many_gives_way_to_the_shorter_one() -> None:
    documents = [
        Document("", f"On day {n} of the talks the note came from Heiko Maas Berlin.")
        for n in range(3)
    ]
    documents += [Document("", "The note came from Heiko Maas, who was late again.")] * 3

    assert [one.name for one in suggested(*documents)] == ["Heiko Maas"]
