"""The headers that keep a browser from doing anything a page of news has no need of."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",  # a button that copies an address; all works without
    "style-src 'self'",
    "img-src 'self' http: https: data:",  # pictures stay with their publishers
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
"""No script but our own file, no inline style, no frame; what a hostile entry smuggled in stays dead text (CSP 3)."""

ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", "; ".join(CONTENT_SECURITY_POLICY).encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
"""For whatever is said, feeds, refusals and 304 too: a browser that opens a feed renders it."""

PAGES: Final[tuple[tuple[bytes, bytes], ...]] = (
    *ALWAYS,
    (b"x-frame-options", b"DENY"),  # for browsers that do not know frame-ancestors
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""For what people look at."""


class SecurityHeaders:
    """Middleware that adds the headers of a page to answers that do not set them themselves."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and complete its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name.lower() for name, _ in own}
                added = [header for header in PAGES if header[0] not in names]
                message = {**message, "headers": own + added}
            await send(message)

        await self.app(scope, receive, completed)
