import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAnExpression
from aggregator.expression import (
    MAX_DEPTH,
    And,
    Expression,
    Facts,
    Name,
    Not,
    Or,
    matches,
    names,
    parse,
)

A, B, C = (Name("tag", letter, 0) for letter in "abc")
FACTS = Facts(
    tags=frozenset({"sergei-lavrov", "and"}),
    groups=frozenset({"eu", "eastern europe"}),
    feeds=frozenset({"https://example.org/feed.xml", "https://example.org/a (b).xml"}),
    languages=frozenset({"de-AT", "EN"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a and b", And((A, B))),
        ("a AND b Or c", Or((And((A, B)), C))),
        ("a or b and c", Or((A, And((B, C))))),
        ("(a or b) and c", And((Or((A, B)), C))),
        ("not a and b", And((Not(A), B))),
        ("not (a and b)", Not(And((A, B)))),
        ("not not a", Not(Not(A))),
        ("(a)and(b)", And((A, B))),
        ("tag:a and tag:and", And((A, Name("tag", "and", 0)))),
        ("group:'eastern europe'", Name("group", "eastern europe", 0)),
        ("Lang:pt-BR", Name("lang", "pt-BR", 0)),
        ("feed:https://x.example/?a=b", Name("feed", "https://x.example/?a=b", 0)),
        ('feed:"https://x.example/(1)" and a', And((Name("feed", "https://x.example/(1)", 0), A))),
    ],
)
def test_and_binds_tighter_than_or_and_not_tighter_than_both(
    text: str, expected: Expression
) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("sergei-lavrov", True),
        ("federica-mogherini", False),
        ("tag:and", True),
        ("group:eu", True),
        ("group:EU", False),
        ("group:'eastern europe' and not group:asia", True),
        ("feed:https://example.org/feed.xml", True),
        ("feed:https://example.org/", False),
        ("feed:'https://example.org/a (b).xml'", True),
        ("lang:de", True),
        ("lang:de-AT", True),
        ("lang:de-CH", False),
        ("lang:d", None),
        ("lang:en", True),
        ("federica-mogherini or sergei-lavrov", True),
        ("federica-mogherini and sergei-lavrov", False),
    ],
)
def test_an_expression_holds_by_the_facts_of_the_item(text: str, held: bool | None) -> None:
    if held is None:
        with pytest.raises(NotAnExpression):
            parse(text)
        return

    assert matches(parse(text), FACTS) is held


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "a name is missing at the end"),
        ("   ", 3, "a name is missing at the end"),
        ("a and", 5, "a name is missing at the end"),
        ("a and or b", 6, "a name is missing before `or`"),
        ("()", 1, "a name is missing before `)`"),
        ("a b", 2, "`and` or `or` is missing before `b`"),
        ("(a or b", 0, "this `(` is never closed"),
        ("a) or b", 1, "this `)` closes nothing"),
        ("a and Lavrov", 6, "`Lavrov` is no slug"),
        ("a and groups:eu", 6, "`groups:` is no kind of name: write tag:, group:"),
        ("https://x.example/f", 0, "write feed:https://x.example/f"),
        ("a or group:", 5, "a name is missing after `group:`"),
        ("feed:''", 0, "a name is missing after `feed:`"),
        ("feed:'https://x.example/", 0, "this quote is never closed"),
        ("group:'", 0, "this quote is never closed"),
        ("lang:german_x", 0, "`german_x` is no language"),
        ("(" * (MAX_DEPTH + 1), MAX_DEPTH, "nested more than 50 deep"),
        ("not " * 400 + "a", 4 * MAX_DEPTH, "nested more than 50 deep"),
        ("a or " * 500 + "a", 2000, "longer than 2000 characters"),
    ],
)
def test_an_unreadable_expression_says_where_and_what_to_write(
    text: str, offset: int, message: str
) -> None:
    with pytest.raises(NotAnExpression) as refusal:
        parse(text)

    assert refusal.value.offset == offset
    assert str(refusal.value).startswith(message) or message in str(refusal.value)


def test_names_come_with_their_places_in_the_order_of_the_text() -> None:
    found = names(parse("a and not (group:eu or lang:de)"))

    assert [(name.kind, name.name, name.offset) for name in found] == [
        ("tag", "a", 0),
        ("group", "eu", 11),
        ("lang", "de", 23),
    ]


def _write(expression: Expression) -> str:
    match expression:
        case Name(kind=kind, name=name):
            return f'{kind}:"{name}"'
        case Not(part=part):
            return f"not ({_write(part)})"
        case And(parts=parts):
            return " and ".join(f"({_write(part)})" for part in parts)
        case Or(parts=parts):
            return " or ".join(f"({_write(part)})" for part in parts)


_names = st.builds(
    Name,
    st.sampled_from(["tag", "group", "feed"]),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,5}", fullmatch=True),
    st.just(0),
)
_expressions = st.recursive(
    _names,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=10,
)


@given(_expressions)
def test_what_is_written_in_full_reads_as_the_same_expression(expression: Expression) -> None:
    assert parse(_write(expression)) == expression


@given(_expressions, st.sets(st.sampled_from("abc0")))
def test_not_turns_the_answer_round(expression: Expression, tags: set[str]) -> None:
    facts = Facts(tags=frozenset(tags))

    assert matches(Not(expression), facts) is not matches(expression, facts)


@given(st.text(alphabet="ab()'\" :andortgf-é", max_size=60))
def test_any_text_is_read_or_refused_at_a_place_inside_it(text: str) -> None:
    offset = 0
    try:
        parse(text)
    except NotAnExpression as refusal:
        offset = refusal.offset

    assert 0 <= offset <= len(text)
