"""The Tagger's promises, whatever it is given."""

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.tag.matcher import Tagger
from aggregator.values.tag import Document, Match, Person, Tag
from tests.tag.hand_made import read

PEOPLE, _ = read("hand_made.txt")
TAGGER = Tagger(PEOPLE)
PIECES = st.sampled_from(
    [
        "Sergey", "Lavrov", "S.", "Лавров", "Сергею", "Лаврову", "<b>", "</b>", "<p class=x>", "&amp;",
        "&#1051;", "<img alt='Angela Merkel'", ">", "\u00ad", "\u200b", "-\n", "’s", "von der", "Leyen",
        "Clinton", "Bill and", "Hillary", "Xi", "Jinping", "习近平", "プーチン", "بوتين", "לפוטין", "May", ",", ".",
        "\n\n", "Jr.", "Trump", "Tower", "https://example.org/Lavrov", "<!--", "-->", "<script>", "MBS",
        "ǅ", "İ", "ﬁ", "Kim Jong-un", "김정은은", "\ud800", "<", '"', "O’Leary",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=14).map(" ".join) | st.lists(
    PIECES, max_size=10
).map("".join)


def tags_of(text: str, *people: Person, title: str = "", language: str | None = None) -> list[Tag]:
    return list(Tagger(people).tag(Document(title, text, language=language)))


def raw_of(document: Document, match: Match) -> str:
    if match.field == "title":
        return document.title
    if match.field == "text":
        return document.text
    assert match.index is not None
    return document.categories[match.index]


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=2))
def test_any_text_is_tagged_and_every_match_slices_to_its_text(
    title: str, text: str, categories: list[str]
) -> None:
    document = Document(title, text, tuple(categories))

    tags = TAGGER.tag(document)

    assert [tag.slug for tag in tags] == sorted({tag.slug for tag in tags})
    for tag in tags:
        assert 0 < tag.salience <= 1
        assert tag.matches
        for match in tag.matches:
            assert match.text
            assert raw_of(document, match)[match.start : match.end] == match.text
    assert TAGGER.tag(document) == tags


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_somebody_of_another_name_changes_nobody_elses_tags(text: str) -> None:
    stranger = Person("zz", "Quirino Xhemaxhiku")

    before = TAGGER.tag(Document(text=text))
    after = Tagger([*PEOPLE, stranger]).tag(Document(text=text))

    assert tuple(tag for tag in after if tag.slug != "zz") == before


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=60))
def test_any_name_can_be_listed(name: str, aliases: list[str], text: str) -> None:
    tagger = Tagger([Person("x", name, tuple(aliases), exclude=(name,))])

    tagger.tag(Document(name, f"{text} {name} {text}"))


def test_an_excluded_phrase_never_counts_but_the_person_beside_it_does() -> None:
    person = Person("lavrov", "Sergey Lavrov", exclude=("Sergey Lavrov Prize",))

    (tag,) = tags_of("The Sergey Lavrov Prize went to Sergey Lavrov.", person)

    assert [match.start for match in tag.matches] == [32]
    assert tags_of("The Sergey Lavrov Prize was given.", person) == []


def test_surname_never_means_that_only_the_written_out_name_counts() -> None:
    person = Person("lavrov", "Sergey Lavrov", surname="never")

    assert tags_of("Minister Lavrov spoke.", person) == []
    assert len(tags_of("Sergey Lavrov spoke.", person)) == 1


def test_surname_always_counts_where_auto_is_too_careful() -> None:
    auto = Person("may", "Theresa May")
    always = Person("may", "Theresa May", surname="always")

    assert tags_of("", auto, title="May to go") == []
    assert len(tags_of("", always, title="May to go")) == 1


def test_of_two_people_with_one_surname_the_full_name_decides() -> None:
    bill, hillary = Person("bill", "Bill Clinton"), Person("hillary", "Hillary Clinton")

    (tag,) = tags_of("Clinton came. Bill Clinton is a lawyer.", bill, hillary)

    assert (tag.slug, len(tag.matches)) == ("bill", 2)
    assert tags_of("Clinton came.", bill, hillary) == []


def test_a_name_listed_for_two_people_tags_both() -> None:
    elder = Person("elder", "George H. W. Bush", ("George Bush",))
    younger = Person("younger", "George W. Bush", ("George Bush",))

    assert [tag.slug for tag in tags_of("George Bush came.", elder, younger)] == [
        "elder",
        "younger",
    ]
    assert [tag.slug for tag in tags_of("George W. Bush came.", elder, younger)] == ["younger"]


def test_a_declared_language_decides_about_endings() -> None:
    person = Person("martin", "Juan Martin")

    assert tags_of("Juan Martina", person, language="en") == []
    assert len(tags_of("Juan Martina", person, language="hr")) == 1


def test_matches_in_html_point_into_the_html() -> None:
    text = "<p>Sergey <em>Lav&shy;rov</em></p><img alt='With Angela Merkel'>"

    lavrov, merkel = tags_of(text, Person("l", "Sergey Lavrov"), Person("m", "Angela Merkel"))

    assert lavrov.matches[0].text == "Sergey <em>Lav&shy;rov"
    assert merkel.matches[0].text == "Angela Merkel"


def test_a_category_is_a_match_with_its_index() -> None:
    tagger = Tagger([Person("lavrov", "Sergey Lavrov")])

    (tag,) = tagger.tag(Document("Nothing", "", ("Politics", "lavrov sergey", "Lavrov")))

    assert [(m.field, m.index, m.rule) for m in tag.matches] == [
        ("categories", 1, "category"), ("categories", 2, "category"),
    ]  # fmt: skip


def test_the_person_of_the_title_is_whom_the_document_is_about() -> None:
    text = "Angela Merkel met Sergey Lavrov. Merkel smiled. " + "Nothing more happened. " * 30
    people = Person("l", "Sergey Lavrov"), Person("m", "Angela Merkel")

    lavrov, merkel = tags_of(text + "Lavrov left.", *people, title="Merkel smiles")

    assert merkel.about
    assert not lavrov.about
    assert merkel.salience > lavrov.salience
