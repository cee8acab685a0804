import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import schedule, websub
from aggregator.fetch.websub import Confirmed, Denied, Errands, answered, errands, is_signed, wish
from aggregator.values.feed import FeedSettings, FeedState, Fetched, News, NotModified, Validators
from aggregator.values.push import Hubbed, Subscription, Wish
from tests.support.feeds import NOW, feed, poll_settings

SITE = "https://news.example.org/"
FEED = "https://harbour.example.org/feed.xml"
HUB = "https://hub.example.org/"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WANTED = Wish(1, HUB, FEED)


def subscription(**changes: object) -> Subscription:
    values: dict[str, object] = {
        "id": 7,
        "feed_id": 1,
        "hub": HUB,
        "topic": FEED,
        "callback": f"{SITE}websub/token",
        "token": "token",
        "secret": "agreed",
        "wanted": True,
    }
    return Subscription(**(values | changes))  # type: ignore[arg-type]


def confirmed(**changes: object) -> Subscription:
    return subscription(
        **{"asked": NOW - DAY, "renew": NOW + 4 * DAY, "expires": NOW + 9 * DAY} | changes
    )


def settings(url: str = FEED, address: str | None = None, **headers: str) -> FeedSettings:
    return FeedSettings(url, address or url, None, None, None, (), tuple(headers.items()))


def todo(
    *known: Subscription, wishes: tuple[Wish, ...] = (WANTED,), site: str = SITE, at: object = NOW
) -> Errands:
    return errands({one.feed_id: one for one in wishes}, known, site, at)  # type: ignore[arg-type]


# --- who is asked ------------------------------------------------------------------------------


def test_a_feed_that_names_a_hub_is_worth_a_subscription() -> None:
    assert wish(Hubbed(1, FEED, HUB, FEED), settings(), SITE) == WANTED


@pytest.mark.parametrize(
    ("hub", "topic"), [("file:///etc/passwd", FEED), (HUB, "urn:x"), ("hub", FEED), (HUB, "")]
)
def test_hub_and_topic_have_to_be_on_the_web(hub: str, topic: str) -> None:
    assert wish(Hubbed(1, FEED, hub, topic), settings(), SITE) is None


@pytest.mark.parametrize(
    "private",
    [
        settings("https://ada:secret@harbour.example.org/feed.xml"),
        settings("https://harbour.example.org/${KEY}", "https://harbour.example.org/secret"),
        settings(FEED, Authorization="Bearer secret"),
    ],
)
def test_a_private_address_is_told_to_no_hub(private: FeedSettings) -> None:
    assert wish(Hubbed(1, private.url, HUB, FEED), private, SITE) is None


@pytest.mark.parametrize(
    "site",
    ["http://localhost:8000/", "http://127.0.0.1/", "http://192.168.0.7/", "http://[::1]:80/",
     "http://desk/", "http://desk.local/", "https://news.internal/", "http://100.64.0.1/"],
)  # fmt: skip
def test_a_site_out_of_reach_asks_only_hubs_that_can_reach_it(site: str) -> None:
    near = "http://127.0.0.1:8080/hub"

    assert wish(Hubbed(1, FEED, HUB, FEED), settings(), site) is None
    assert wish(Hubbed(1, FEED, near, FEED), settings(), site) == Wish(1, near, FEED)


def test_a_public_site_is_in_reach_of_every_hub() -> None:
    for site in (SITE, "http://8.8.8.8/", "http://[2606:4700::1111]/"):
        assert not websub.is_private(site)


# --- when --------------------------------------------------------------------------------------


def test_a_new_wish_begins_a_subscription_once() -> None:
    assert todo() == Errands((WANTED,), (), ())

    asked = websub.asked(subscription(), NOW)

    assert todo(asked) == Errands((), (), ())
    assert websub.request(asked) == {
        "hub.callback": f"{SITE}websub/token",
        "hub.mode": "subscribe",
        "hub.topic": FEED,
        "hub.secret": "agreed",
        "hub.lease_seconds": "864000",
    }


def test_a_hub_that_does_nothing_is_asked_ever_less_often() -> None:
    one, now, gaps = websub.asked(subscription(), NOW), NOW, []
    for _ in range(12):
        begun = now
        while not (again := todo(one, at=now)).ask:
            now += HOUR
        gaps.append(now - begun)
        (one,) = again.ask

    assert gaps[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert gaps == sorted(gaps)
    assert gaps[-1] == websub.MAX_RETRY


def test_a_lease_is_renewed_at_its_half_and_not_before() -> None:
    one = confirmed()

    assert todo(one) == Errands((), (), ())
    (asked,) = todo(one, at=one.renew).ask
    assert asked.wanted
    assert asked.failures == 1


def test_a_clock_that_went_back_keeps_nobody_waiting() -> None:
    one = websub.asked(subscription(), NOW)

    assert todo(one, at=NOW - DAY).ask


def test_a_feed_that_left_feeds_yaml_ends_its_subscription() -> None:
    (asked,) = todo(confirmed(), wishes=()).ask

    assert not asked.wanted
    assert websub.request(asked) == {
        "hub.callback": f"{SITE}websub/token",
        "hub.mode": "unsubscribe",
        "hub.topic": FEED,
    }


def test_what_was_never_confirmed_or_has_ended_is_just_forgotten() -> None:
    for one in (subscription(asked=NOW, failures=1), confirmed(expires=NOW)):
        assert todo(one, wishes=()) == Errands((), (), (one,))


def test_a_hub_that_will_not_let_go_is_forgotten_after_a_while() -> None:
    (one,), now, asked = todo(confirmed(), wishes=()).ask, NOW, 1
    while not (left := todo(one, wishes=(), at=now)).forget:
        asked += len(left.ask)
        one = left.ask[0] if left.ask else one
        now += HOUR

    assert asked == websub.FAREWELLS
    assert now - NOW < DAY


@pytest.mark.parametrize("change", [{"hub": "https://other.example.org/"}, {"topic": FEED + "?2"}])
def test_a_feed_that_changes_its_hub_leaves_the_old_one_and_asks_the_new(
    change: dict[str, str],
) -> None:
    moved = replace(WANTED, **change)  # type: ignore[arg-type]

    found = todo(confirmed(), wishes=(moved,))

    assert found.start == (moved,)
    assert [one.wanted for one in found.ask] == [False]


def test_a_site_that_moves_subscribes_again_from_its_new_place() -> None:
    found = todo(confirmed(), site="https://elsewhere.example.org/")

    assert found.start == (WANTED,)
    assert [one.callback for one in found.ask] == [f"{SITE}websub/token"]


# --- what hubs may say -------------------------------------------------------------------------


def asks(**changes: str) -> dict[str, str]:
    values = {"mode": "subscribe", "topic": FEED, "challenge": "c", "lease_seconds": "3600"}
    return {f"hub.{name}": value for name, value in (values | changes).items()}


def test_a_confirmation_is_what_we_asked_for() -> None:
    one = subscription(asked=NOW - HOUR, failures=3, error="the hub answered 500")

    answer = answered(one, asks(), NOW)

    assert isinstance(answer, Confirmed)
    assert answer.challenge == "c"
    assert answer.subscription == replace(
        one, failures=0, error=None, renew=NOW + HOUR / 2, expires=NOW + HOUR
    )


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("864000", websub.LEASE),
        ("0", websub.LEASE),
        ("-5", websub.LEASE),
        ("ten", websub.LEASE),
        ("²", websub.LEASE),
        ("9" * 40, websub.LEASE),
        ("99999999", websub.MAX_LEASE),
    ],
)
def test_a_lease_is_as_long_as_is_sensible(said: str, lease: timedelta) -> None:
    answer = answered(subscription(asked=NOW), asks(lease_seconds=said), NOW)

    assert isinstance(answer, Confirmed)
    assert answer.subscription is not None
    assert answer.subscription.expires == NOW + lease


@pytest.mark.parametrize(
    ("one", "question"),
    [
        (None, asks()),
        (subscription(asked=NOW), asks(topic=FEED + "x")),
        (subscription(asked=NOW), asks(mode="unsubscribe")),
        (subscription(asked=NOW), asks(mode="publish")),
        (subscription(asked=NOW), asks(challenge="")),
        (subscription(asked=NOW), asks(challenge="c" * 5000)),
        (subscription(asked=NOW), {}),
        (subscription(), asks()),
        (subscription(asked=NOW - 2 * DAY), asks()),
        (subscription(asked=NOW, wanted=False), asks()),
        (None, asks(mode="denied")),
        (subscription(asked=NOW), asks(mode="denied", topic="")),
    ],
)
def test_what_we_did_not_ask_for_is_confirmed_to_nobody(
    one: Subscription | None, question: dict[str, str]
) -> None:
    assert answered(one, question, NOW) is None


def test_an_end_that_we_asked_for_is_one() -> None:
    one = confirmed(wanted=False, asked=NOW)

    assert answered(one, asks(mode="unsubscribe"), NOW) == Confirmed(None, "c")


def test_a_hub_may_refuse_at_any_time_and_say_why() -> None:
    answer = answered(confirmed(), asks(mode="denied", reason="members\n only"), NOW)

    assert isinstance(answer, Denied)
    assert answer.subscription.error == "the hub refuses: members only"
    assert answer.subscription.expires is None
    assert todo(answer.subscription).ask == ()  # not at once


# --- whom to believe ---------------------------------------------------------------------------


@given(st.binary(max_size=200), st.sampled_from(["sha1", "sha256", "sha384", "sha512"]))
def test_a_signature_is_believed_by_those_who_share_the_secret(body: bytes, name: str) -> None:
    signed = hmac.new(b"agreed", body, name).hexdigest()

    assert is_signed(body, f"{name}={signed}", "agreed")
    assert is_signed(body, f"{name.upper()}={signed.upper()}", "agreed")
    assert not is_signed(body, f"{name}={signed}", "guessed")
    assert not is_signed(body + b"x", f"{name}={signed}", "agreed")


@pytest.mark.parametrize(
    "signature",
    [None, "", "=", "sha256=", "sha256", f"md5={hashlib.md5(b'agreed').hexdigest()}",  # noqa: S324
     "sha256=0", "sha999=00", "sha256=é", "shake_128=00", f"sha256={'0' * 64}"],
)  # fmt: skip
def test_no_other_signature_is_believed(signature: str | None) -> None:
    assert not is_signed(b"body", signature, "agreed")


# --- when to poll all the same -----------------------------------------------------------------

POLLED = FeedState(
    validators=Validators(FEED, '"v1"'), last_poll=NOW - HOUR, last_ok=NOW - HOUR, next_poll=NOW
)


def test_after_a_delivery_a_poll_a_day_is_enough() -> None:
    state = websub.after_delivery(POLLED, News(new=(NOW,)), NOW + 9 * DAY, NOW)

    assert state.pushed_until == NOW + 9 * DAY
    assert state.next_poll == NOW - HOUR + DAY
    assert state.reason == "push: a poll a day"
    assert state.validators == POLLED.validators
    assert state.last_poll == POLLED.last_poll


def test_deliveries_without_end_do_not_put_the_daily_poll_off() -> None:
    state = replace(POLLED, last_poll=NOW - 2 * DAY)

    assert websub.after_delivery(state, News(), NOW + DAY, NOW).next_poll == NOW


def test_when_the_lease_ends_there_is_a_poll() -> None:
    pushed = websub.after_delivery(POLLED, News(), NOW + HOUR, NOW)
    assert pushed.next_poll == NOW + HOUR

    outcome = NotModified(Validators(FEED, '"v1"'))
    state = schedule.after(feed(FEED, pushed), outcome, News(), poll_settings(), NOW, 0.0)
    assert state.next_poll == NOW + HOUR


def test_a_delivery_after_the_lease_changes_no_plans() -> None:
    state = websub.after_delivery(POLLED, News(), NOW, NOW)

    assert state.pushed_until is None
    assert state.next_poll == POLLED.next_poll


def test_a_server_in_trouble_is_not_asked_sooner_for_what_its_hub_delivers() -> None:
    troubled = replace(POLLED, failures=3, error="500", next_poll=NOW + 4 * HOUR)

    state = websub.after_delivery(troubled, News(), NOW + 9 * DAY, NOW)

    assert (state.next_poll, state.error, state.failures) == (NOW + 4 * HOUR, "500", 3)


def test_news_that_no_delivery_brought_ends_the_trust_in_the_hub() -> None:
    pushed = replace(POLLED, pushed_until=NOW + 9 * DAY)
    outcome = Fetched(b"", FEED, 200, None, Validators(FEED, '"v2"'))
    unchanged = NotModified(Validators(FEED, '"v1"'))

    missed = schedule.after(
        feed(FEED, pushed), outcome, News(new=(NOW,)), poll_settings(), NOW, 0.0
    )
    fine = schedule.after(feed(FEED, pushed), unchanged, News(), poll_settings(), NOW, 0.0)

    assert missed.pushed_until is None
    assert missed.next_poll is not None
    assert missed.next_poll < NOW + 23 * HOUR
    assert fine.pushed_until == NOW + 9 * DAY
    assert fine.next_poll == NOW + DAY
