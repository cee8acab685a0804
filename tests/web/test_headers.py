from starlette.types import Message, Receive, Scope, Send

from aggregator.web.headers import PAGES, SecurityHeaders


async def answered(own: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": b"text"})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await SecurityHeaders(app)({"type": "http"}, receive, send)
    assert sent[1]["body"] == b"text"
    return dict(sent[0]["headers"])


async def test_every_answer_is_given_the_headers_of_a_page() -> None:
    headers = await answered([(b"content-type", b"text/html")])

    assert headers == {b"content-type": b"text/html", **dict(PAGES)}


async def test_what_the_app_says_itself_stands() -> None:
    headers = await answered([(b"X-Frame-Options", b"SAMEORIGIN")])

    assert headers[b"X-Frame-Options"] == b"SAMEORIGIN"
    assert b"x-frame-options" not in headers


async def test_what_is_no_request_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    await SecurityHeaders(app)({"type": "lifespan"}, None, None)  # type: ignore[arg-type] # neither is used

    assert seen == ["lifespan"]
