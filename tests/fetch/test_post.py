"""A form handed to a hub."""

from base64 import b64encode

import pytest

from aggregator.fetch.client import Client
from aggregator.fetch.exchange import NoAnswer
from tests.support.feeds import poll_settings
from tests.support.feedserver import Answer, FeedServer

FORM = {"hub.mode": "subscribe", "hub.topic": "http://harbour.example/a b&c"}


async def post(url: str, **settings: object) -> int:
    async with Client(poll_settings(**settings)) as client:  # type: ignore[arg-type]
        return await client.post(url, FORM)


async def test_a_form_arrives_as_forms_do(feed_server: FeedServer) -> None:
    feed_server.answers["/hub"] = Answer(202)

    assert await post(feed_server.url("/hub")) == 202

    (asked,) = feed_server.asked
    assert asked.method == "POST"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.body == (b"hub.mode=subscribe&hub.topic=http%3A%2F%2Fharbour.example%2Fa+b%26c")


@pytest.mark.parametrize("status", [307, 308])
async def test_a_hub_may_send_the_form_elsewhere_and_credentials_stay(
    feed_server: FeedServer, status: int
) -> None:
    with FeedServer() as other:
        feed_server.answers["/hub"] = Answer(status, headers={"Location": other.url("/new")})
        other.answers["/new"] = Answer(202)

        assert await post(feed_server.url("/hub").replace("//", "//ada:pw@")) == 202

        token = "Basic " + b64encode(b"ada:pw").decode()
        assert feed_server.asked[0].headers["Authorization"] == token
        assert "Authorization" not in other.asked[0].headers
        assert other.asked[0].body == feed_server.asked[0].body


@pytest.mark.parametrize("status", [301, 302, 303, 400, 500])
async def test_no_other_answer_is_followed(feed_server: FeedServer, status: int) -> None:
    feed_server.answers["/hub"] = Answer(status, headers={"Location": "/new"})

    assert await post(feed_server.url("/hub")) == status
    assert feed_server.paths() == ["/hub"]


async def test_a_hub_that_sends_us_round_is_left(feed_server: FeedServer) -> None:
    feed_server.answers["/hub"] = Answer(307, headers={"Location": "/hub"})

    with pytest.raises(NoAnswer, match="more than 5 redirects"):
        await post(feed_server.url("/hub"))
    assert len(feed_server.asked) == 6


async def test_a_hub_may_not_be_private_either(feed_server: FeedServer) -> None:
    with pytest.raises(NoAnswer, match="refused to connect to 127"):
        await post(feed_server.url("/hub"), allow_private_networks=False)
    assert not feed_server.asked
