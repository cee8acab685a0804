"""A WebSub hub on loopback that does what the Recommendation asks of one: verify, deliver, end.

with Hub() as hub:
    feed_server.answers["/feed.xml"] = Answer(body=..., headers=hub.links(topic))
    ...
    hub.publish(topic, body)
"""

import hmac
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl

import httpx

from tests.support.feedserver import Answer, Asked, FeedServer


@dataclass
class Subscriber:
    """One verified subscription."""

    callback: str
    topic: str
    secret: str
    lease_s: int


@dataclass
class Hub:
    """Listens from construction to `close`."""

    lease_s: int = 864_000
    denies: str | None = None  # a reason: nobody may subscribe
    status: int = 202  # what requests are answered with
    verifies: bool = True  # at once, as a hub may
    server: FeedServer = field(default_factory=FeedServer)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)  # by callback
    requests: list[dict[str, str]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)  # statuses of failed verifications

    def __post_init__(self) -> None:
        self.server.answers["/hub"] = self._asked
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return self.server.url("/hub")

    def links(self, topic: str) -> dict[str, str]:
        """The header of a feed that has this hub."""
        return {"Link": f'<{self.url}>; rel="hub", <{topic}>; rel="self"'}

    def publish(
        self,
        topic: str,
        body: bytes,
        *,
        algorithm: str = "sha256",
        secret: str | None = None,
        content_type: str = "application/atom+xml",
        coding: str | None = None,
    ) -> list[int]:
        """Deliver to everybody who follows a topic; returns what they answered."""
        statuses = []
        for one in [one for one in self.subscribers.values() if one.topic == topic]:
            key = one.secret if secret is None else secret
            signed = hmac.new(key.encode(), body, algorithm).hexdigest()
            headers = {"Content-Type": content_type, "X-Hub-Signature": f"{algorithm}={signed}"}
            if coding is not None:
                headers["Content-Encoding"] = coding
            if algorithm == "sha1" and secret == "":
                del headers["X-Hub-Signature"]
            answer = httpx.post(
                one.callback, content=body, headers=headers, trust_env=False, timeout=60
            )
            statuses.append(answer.status_code)
            if answer.status_code == 410:
                del self.subscribers[one.callback]
        return statuses

    def verify(self, form: dict[str, str], **changes: str) -> httpx.Response:
        """Ask a callback whether it meant this request."""
        challenge = secrets.token_urlsafe(16)
        asks = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": challenge,
        }
        if form["hub.mode"] == "subscribe":
            asks["hub.lease_seconds"] = str(self.lease_s)
        answer = httpx.get(form["hub.callback"], params=asks | changes, trust_env=False, timeout=60)
        with self._lock:
            if answer.status_code != 200 or answer.text != challenge:
                self.refused.append(answer.status_code)
            elif form["hub.mode"] == "subscribe":
                self.subscribers[form["hub.callback"]] = Subscriber(
                    form["hub.callback"], form["hub.topic"], form["hub.secret"], self.lease_s
                )
            else:
                self.subscribers.pop(form["hub.callback"], None)
        return answer

    def deny(self, form: dict[str, str]) -> httpx.Response:
        """Tell a callback that it will not have what it asked for."""
        asks = {
            "hub.mode": "denied",
            "hub.topic": form["hub.topic"],
            "hub.reason": self.denies or "",
        }
        return httpx.get(form["hub.callback"], params=asks, trust_env=False, timeout=60)

    def close(self) -> None:
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _asked(self, asked: Asked) -> Answer:
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        self.requests.append(form)
        if self.status == 202 and (self.denies is not None or self.verifies):
            threading.Thread(target=self._act, args=(form,), daemon=True).start()
        return Answer(self.status)

    def _act(self, form: dict[str, str]) -> None:
        with suppress(httpx.HTTPError):  # a service that stops meanwhile is asked no more
            (self.verify if self.denies is None else self.deny)(form)
