"""What is published in these tests, and a client that asks for it as a server would hand it on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope

FEED = b"<feed xmlns='http://www.w3.org/2005/Atom'>" + b"<entry>News of the day</entry>" * 100
PAGE = b"<!doctype html><title>Index</title>" + b"<p>Somebody met somebody.</p>" * 100


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(
    app: ASGIApp,
    path: str,
    sent: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    query: bytes = b"",
) -> Answer:
    """One request as a server hands it over: the path is percent-decoded already."""
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(k.lower().encode(), v.encode()) for k, v in (sent or {}).items()],
    }
    answer = Answer()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer
