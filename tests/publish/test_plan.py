import pytest

from aggregator.expression import Facts
from aggregator.publish import plan
from aggregator.values.output import View

from .builders import LAVROV, MOGHERINI, PAPER, PEOPLE, SITE, WIRE, channel, entry, item, source

BOTH = View("eu-russia", "EU and Russia", "federica-mogherini and sergei-lavrov")
GERMAN = View("german", "In German", "lang:de and not group:agencies")


def test_every_person_has_a_channel_and_one_of_what_is_about_them() -> None:
    planned = plan.channels([LAVROV], [BOTH])

    assert [(one.key, one.path) for one in planned] == [
        ("tag:sergei-lavrov", "tags/sergei-lavrov"),
        ("about:sergei-lavrov", "tags/sergei-lavrov/about"),
        ("view:eu-russia", "views/eu-russia"),
        ("all", "all"),
    ]


def test_an_item_is_in_the_channels_of_its_tags_and_of_the_views_it_matches() -> None:
    facts = plan.facts(item(), {WIRE: ("agencies",)})

    keys = plan.memberships(facts, [BOTH, GERMAN], about=["sergei-lavrov"])

    assert keys == {
        "all",
        "tag:federica-mogherini",
        "tag:sergei-lavrov",
        "about:sergei-lavrov",
        "view:eu-russia",
    }


def test_an_item_without_tags_is_in_everything() -> None:
    assert plan.memberships(Facts(), [BOTH]) == {"all"}


def test_facts_are_those_of_all_sources() -> None:
    other = source(entry(1, language="de"), feed=PAPER)

    facts = plan.facts(item(1, other), {WIRE: ("agencies",), PAPER: ("papers", "agencies")})

    assert facts.feeds == {WIRE, PAPER}
    assert facts.groups == {"agencies", "papers"}
    assert facts.languages == {"en", "de"}


def test_a_combination_names_several_people() -> None:
    both = plan.combination("sergei-lavrov+federica-mogherini", PEOPLE)
    either = plan.combination("sergei-lavrov,federica-mogherini", PEOPLE)

    assert both is not None
    assert either is not None
    assert both.title == "Federica Mogherini and Sergey Lavrov"
    assert either.title == "Federica Mogherini or Sergey Lavrov"
    assert both.path == "tags/federica-mogherini+sergei-lavrov"
    assert plan.slugs_of(both.slug) == ("federica-mogherini", "sergei-lavrov")


def test_a_combination_is_the_same_in_any_order() -> None:
    one = plan.combination("sergei-lavrov+federica-mogherini", PEOPLE)

    assert one == plan.combination("federica-mogherini+sergei-lavrov", PEOPLE)


def test_a_combination_of_what_is_about_people_is_below_it() -> None:
    about = plan.combination("sergei-lavrov,federica-mogherini", PEOPLE, about=True)

    assert about is not None
    assert about.path == "tags/federica-mogherini,sergei-lavrov/about"


def test_a_combination_is_read_with_the_slugs_of_today_and_nobody_twice() -> None:
    assert plan.combined("b+old+a", {"old": "new"}) == "b+new+a"
    assert plan.combined("old,new", {"old": "new"}) == "new"
    assert plan.combined("a", {}) is None
    assert plan.combined("+".join(f"a{number}" for number in range(9)), {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "sergei-lavrov",
        "sergei-lavrov+nobody",
        "sergei-lavrov+sergei-lavrov",
        "sergei-lavrov+federica-mogherini,sergei-lavrov",
        "../sergei-lavrov+federica-mogherini",
        "",
        "+".join(["sergei-lavrov"] * 9),
    ],
)
def test_what_is_no_combination_of_listed_people_is_none(text: str) -> None:
    assert plan.combination(text, PEOPLE) is None


def test_a_persons_channel_shows_the_persons_name_and_others_show_all_names() -> None:
    assert plan.shown_slugs(channel("tag"), item().slugs) == ("sergei-lavrov",)
    assert plan.shown_slugs(channel("all"), item().slugs) == (MOGHERINI.slug, LAVROV.slug)


@pytest.mark.parametrize(
    ("kind", "title", "subtitle"),
    [
        ("tag", "Sergey Lavrov – Diplomacy Watch", "News that names Sergey Lavrov"),
        (
            "about",
            "About Sergey Lavrov – Diplomacy Watch",
            "News about Sergey Lavrov, without passing mentions",
        ),
        ("view", "EU and Russia – Diplomacy Watch", "News selected for EU and Russia"),
        ("all", "Diplomacy Watch", "All news, from every feed"),
    ],
)
def test_a_channel_says_what_it_is(kind: str, title: str, subtitle: str) -> None:
    shown = channel(kind)  # type: ignore[arg-type]

    assert plan.title(shown, SITE) == title
    assert plan.subtitle(shown) == subtitle
