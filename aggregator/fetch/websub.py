"""WebSub, the subscriber's side: which hubs to ask for what, whom to believe, when to poll at all.

    a poll finds rel=hub ─▶ we ask the hub ─▶ it asks our callback back ─▶ it delivers what is new

Until a first delivery has come, and again once a poll finds news that no delivery brought, a feed
is polled by its rhythm: a hub that confirms is not yet a hub that delivers.

Source: W3C WebSub, Recommendation of 23 January 2018.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address

from aggregator import urls
from aggregator.fetch import rhythm
from aggregator.fetch.freshness import CEILING
from aggregator.values.feed import FeedSettings, FeedState, News
from aggregator.values.push import Hubbed, Subscription, Wish

PATH = "websub/"  # below site.url
LEASE = timedelta(days=10)  # what we ask for, and what is meant when a hub does not say
MAX_LEASE = timedelta(days=365)
RETRY = timedelta(hours=1)  # after a request that came to nothing; then twice as long each time
MAX_RETRY = timedelta(days=7)
FAREWELLS = 3  # times we ask to end a subscription, before we just forget it
PENDING = timedelta(hours=24)  # how long after our request a hub may ask back
MAX_CHALLENGE = 4_096  # characters that we say back

_ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_SIGNATURE = re.compile(r"([a-z0-9]+)=([0-9a-f]+)", re.IGNORECASE)
# Names that mean nothing outside of somebody's network: RFC 6761, 6762, 8375, and habit.
_LOCAL_NAMES = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "home.arpa",
    "corp", "private", "test", "invalid",
)  # fmt: skip


def wish(hubbed: Hubbed, settings: FeedSettings, site_url: str) -> Wish | None:
    """What a feed's hub could do for us; None when it may not be asked.

    Not asked: for a feed with credentials, headers or variables of ours, whose address is nobody
    else's business; from a site that only a private network can reach, except a hub within it.

    Args:
        hubbed: what the feed's last document said.
        settings: the feed as feeds.yaml has it.
        site_url: under which our callbacks are reached.
    """
    is_plain = settings.address == settings.url == urls.without_credentials(settings.url)
    hub, topic = urls.absolute("", hubbed.hub), urls.absolute("", hubbed.topic)
    if hub is None or topic is None or not is_plain or settings.headers:
        return None
    if is_private(site_url) and not is_private(hub):
        return None
    return Wish(hubbed.feed_id, hub, topic)


def is_private(url: str) -> bool:
    """Whether an address by its looks is of somebody's own network, out of others' reach."""
    host = urls.host(url)
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(tuple(f".{name}" for name in _LOCAL_NAMES))


# --- asking ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Errands:
    """What there is to do."""

    start: tuple[Wish, ...]  # no subscription is on its way yet
    ask: tuple[Subscription, ...]  # as they are once asked: store, then ask the hub
    forget: tuple[Subscription, ...]


def errands(
    wishes: Mapping[int, Wish], known: Iterable[Subscription], site_url: str, now: datetime
) -> Errands:
    """What to ask hubs for now: to begin, to go on, to end.

    Args:
        wishes: by feed.
        known: every subscription there is.
        site_url: where callbacks are reached now.
        now: aware time.
    """
    ask, forget, served = [], [], set()
    for one in known:
        wanted = wishes.get(one.feed_id)
        is_wanted = (
            one.wanted
            and wanted == Wish(one.feed_id, one.hub, one.topic)
            and one.callback == callback(site_url, one.token)
        )
        if is_wanted:
            served.add(one.feed_id)
            if _is_due(one, now):
                ask.append(asked(one, now))
            continue
        lives = one.expires is not None and one.expires > now
        if one.wanted and lives:
            ask.append(asked(replace(one, wanted=False, failures=0, error=None), now))
        elif one.wanted or not lives:  # never begun, or over for the hub as well
            forget.append(one)
        elif _is_due(one, now):
            (forget if one.failures >= FAREWELLS else ask).append(asked(one, now))
    start = tuple(wish for feed_id, wish in wishes.items() if feed_id not in served)
    return Errands(start, tuple(ask), tuple(forget))


def asked(one: Subscription, now: datetime) -> Subscription:
    """A subscription about to be asked for: failed until the hub does as asked."""
    return replace(one, asked=now, failures=one.failures + 1)


def callback(site_url: str, token: str) -> str:
    """Our address for a hub."""
    return f"{site_url}{PATH}{token}"


def request(one: Subscription) -> dict[str, str]:
    """The form to ask a hub with (§5.1)."""
    form = {
        "hub.callback": one.callback,
        "hub.mode": "subscribe" if one.wanted else "unsubscribe",
        "hub.topic": one.topic,
    }
    if one.wanted:
        form |= {
            "hub.secret": one.secret,
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }
    return form


def _is_due(one: Subscription, now: datetime) -> bool:
    if one.renew is not None and now < one.renew and one.wanted:
        return False
    if one.asked is None or not one.failures:
        return True
    wait = min(RETRY * 2 ** min(one.failures - 1, 10), MAX_RETRY)
    return (
        not one.asked <= now < one.asked + wait
    )  # nor does a clock that went back keep us waiting


# --- being asked back --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmed:
    """We did ask; the subscription as it is now, or None when it has ended, and what to say back."""

    subscription: Subscription | None
    challenge: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The hub will not, or not any more; the subscription as it is now."""

    subscription: Subscription


def answered(
    one: Subscription | None, asks: Mapping[str, str], now: datetime
) -> Confirmed | Denied | None:
    """What a hub's question at our callback means; None: it is about nothing that we asked (§5.3).

    Args:
        one: the subscription that the callback's address belongs to.
        asks: the question's parameters.
        now: aware time.
    """
    if one is None or asks.get("hub.topic") != one.topic:
        return None
    challenge = asks.get("hub.challenge", "")
    is_pending = one.asked is not None and abs(now - one.asked) < PENDING
    match asks.get("hub.mode"):
        case "denied":
            said = " ".join(asks.get("hub.reason", "").split())[:200]
            error = f"the hub refuses: {said}" if said else "the hub refuses"
            return Denied(
                replace(
                    one, asked=now, failures=max(one.failures, 1), error=error,
                    renew=None, expires=None,
                )
            )  # fmt: skip
        case "subscribe" if one.wanted and is_pending and 0 < len(challenge) <= MAX_CHALLENGE:
            lease = _lease(asks.get("hub.lease_seconds"))
            renewed = replace(
                one, failures=0, error=None, renew=now + lease / 2, expires=now + lease
            )
            return Confirmed(renewed, challenge)
        case "unsubscribe" if not one.wanted and 0 < len(challenge) <= MAX_CHALLENGE:
            return Confirmed(None, challenge)
        case _:
            return None


def _lease(said: str | None) -> timedelta:
    if said is None or not (said.isascii() and said.isdigit()) or len(said) > len("31536000"):
        return LEASE
    return min(timedelta(seconds=int(said)), MAX_LEASE) or LEASE


# --- being delivered to ------------------------------------------------------------------------


def is_signed(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether who sent this knows the secret; takes the same time whatever is wrong (§8)."""
    found = _SIGNATURE.fullmatch((signature or "").strip())
    if found is None or found[1].lower() not in _ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, found[1].lower()).hexdigest()
    return hmac.compare_digest(expected, found[2].lower())


def after_delivery(state: FeedState, news: News, lease_ends: datetime, now: datetime) -> FeedState:
    """The next state of a feed after a delivery: polled once a day, until the lease ends.

    What polls found stays: a hub's word changes nothing about the server's troubles or wishes.

    Args:
        state: as it was.
        news: what the delivery brought.
        lease_ends: of the subscription; a past one changes no plans.
        now: aware time.
    """
    known = rhythm.learned(rhythm.read(state.rhythm), news, now, None)
    state = replace(state, rhythm=rhythm.write(known))
    if lease_ends <= now:
        return state
    state = replace(state, pushed_until=lease_ends)
    if state.failures or state.last_poll is None:
        return state
    daily = min(state.last_poll + CEILING, lease_ends)
    return replace(state, next_poll=max(now, daily), reason="push: a poll a day")
