from dataclasses import replace

from aggregator.publish import why
from aggregator.values.item import Item, ItemTag
from aggregator.values.tag import Match, Tag

from .builders import LAVROV, PEOPLE, entry, item, source, tag_of


def said(shown: Item, slug: str = LAVROV.slug) -> str | None:
    return why.line(shown, [slug], PEOPLE)


def test_the_line_quotes_the_words_and_their_places() -> None:
    assert said(item()) == "Names Sergey Lavrov (“Lavrov” in the headline; “Lavrov” in the text)"


def test_words_found_often_are_counted() -> None:
    text = "Lavrov spoke. Lavrov left. Sergey Lavrov is back."
    lead = entry(1, text=text, title=None)
    tag = tag_of(LAVROV.slug, lead, "Lavrov")

    shown = replace(item(lead=lead), sources=(source(lead, tags=(tag,)),))

    assert said(shown) == "Names Sergey Lavrov (“Lavrov” in the text, 3 times)"


def test_a_category_is_a_reason_too() -> None:
    match = Match("categories", 0, 6, "Lavrov", "category", index=0)
    tag = Tag(LAVROV.slug, (match,), salience=0.1, about=False)

    shown = replace(item(), sources=(source(entry(), tags=(tag,)),))

    assert said(shown) == "Names Sergey Lavrov (“Lavrov” as a category)"


def test_an_editors_verdict_says_so() -> None:
    verdict = ItemTag(LAVROV.slug, about=True, salience=1.0, by="editor")

    shown = replace(item(), sources=(source(entry()),), tags=(verdict,))

    assert said(shown) == "Names Sergey Lavrov (by an editor)"


def test_a_tag_whose_words_are_not_kept_is_still_named() -> None:
    assert said(replace(item(), sources=(source(entry()),))) == "Names Sergey Lavrov"


def test_an_item_without_the_tag_has_no_line() -> None:
    assert said(replace(item(), tags=())) is None


def test_somebody_no_longer_listed_is_named_by_the_slug() -> None:
    assert why.reasons(item(), [LAVROV.slug], {})[0].name == LAVROV.slug


def test_a_source_that_names_the_person_speaks_for_a_lead_that_does_not() -> None:
    lead = entry(1, title="Talks in Milan", text="Ministers met.")
    other = entry(2)

    shown = replace(
        item(lead=lead),
        sources=(source(lead), source(other, tags=(tag_of(LAVROV.slug, other, "Lavrov"),))),
    )

    assert "“Lavrov” in the headline" in (said(shown) or "")
