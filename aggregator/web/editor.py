"""`/editor`, the editors' desk: routes that exist only where a token is set.

Every answer is for one browser and for now: nothing of it is cached. A POST changes something only
when it comes from a page of ours (Origin, Sec-Fetch-Site), with the cookie (SameSite=Strict) and
with the secret of that very session.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from aggregator.instance import Instance
from aggregator.publish import deskpages, pages
from aggregator.pulse import Pulse
from aggregator.web.deskwork import DeskWork, Visit, once
from aggregator.web.door import Door, Session, TooManyTries

SESSION_COOKIE = "aggregator_editor"
LOGIN_COOKIE = "aggregator_login"
MOST_BYTES = 256 * 1024  # of a form
_HTML = "text/html; charset=utf-8"
_NEVER_KEPT = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # so that Origin says who posts
    "X-Robots-Tag": "noindex, nofollow",
}


class _Refused(Exception):
    """A request that is not looked at; the status says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


Work = Callable[[Visit], bytes | str]
"""Does what is asked in a thread; returns a page, or the address beside this one to go on to."""


class Editor:
    """The desk of an instance."""

    def __init__(self, instance: Instance, pulse: Pulse, token: str) -> None:
        """Make a desk that this token opens."""
        self._instance = instance
        self._door = Door(token, instance.tools.now)
        self._work = DeskWork(pulse)

    def routes(self) -> list[Route]:
        """All of it; where there is no token these are not even routes."""
        work = self._work
        return [
            Route("/editor", self._gate, methods=["GET"]),
            Route("/editor/", self._gate, methods=["GET"]),
            Route("/editor/login", self._login_form, methods=["GET"]),
            Route("/editor/login", self._login, methods=["POST"]),
            Route("/editor/leave", self._leave, methods=["POST"]),
            Route("/editor/feeds", self._get(work.feeds), methods=["GET"]),
            Route("/editor/items", self._get(work.items), methods=["GET"]),
            Route("/editor/names", self._get(work.names), methods=["GET"]),
            Route("/editor/try", self._get(work.tagged), methods=["GET"]),
            Route("/editor/try", self._post(work.tagged), methods=["POST"]),
            Route("/editor/people", self._get(work.people), methods=["GET"]),
            Route("/editor/people", self._post(work.previewed), methods=["POST"]),
            Route("/editor/correct", self._post(work.correct), methods=["POST"]),
            Route("/editor/split", self._post(work.split), methods=["POST"]),
        ]

    # -- coming and going ---------------------------------------------------------------------------

    async def _gate(self, request: Request) -> Response:
        inside = self._session(request) is not None
        folder = "" if request.url.path.endswith("/") else "editor/"
        return _to(folder + ("feeds" if inside else "login"))

    async def _login_form(self, request: Request) -> Response:
        if self._session(request) is not None:
            return _to("feeds")
        return self._ask(request, None, 200)

    async def _login(self, request: Request) -> Response:
        try:
            form = await self._form(request)
        except _Refused as refused:
            return self._refusal(refused)
        visitor = request.cookies.get(LOGIN_COOKIE, "")
        if not visitor or not self._door.says_at_login(visitor, form.get("csrf", "")):
            return self._ask(request, "This form was too old. Try once more.", 403)
        address = request.client.host if request.client else ""
        try:
            session = self._door.enter(form.get("token", ""), address)
        except TooManyTries as refused:
            minutes = int(refused.wait.total_seconds()) // 60 + 1
            answer = self._ask(
                request, f"Too many wrong tokens. Try again in {minutes} minutes.", 429
            )
            answer.headers["Retry-After"] = str(int(refused.wait.total_seconds()) + 1)
            return answer
        if session is None:
            return self._ask(request, "This is not the token.", 403)
        answer = _to("feeds")
        self._set_cookie(answer, SESSION_COOKIE, session.id)
        answer.delete_cookie(LOGIN_COOKIE)
        return answer

    async def _leave(self, request: Request) -> Response:
        try:
            session, _ = await self._entitled(request)
        except _Refused as refused:
            return self._refusal(refused)
        self._door.leave(session)
        answer = _to("login")
        answer.delete_cookie(SESSION_COOKIE)
        return answer

    def _ask(self, request: Request, said: str | None, status: int) -> Response:
        """The login form, bound to a cookie of this browser."""
        visitor = request.cookies.get(LOGIN_COOKIE) or self._door.visitor()
        page = deskpages.login_page(
            self._instance.tools.edition, self._door.login_csrf(visitor), said
        )
        answer = Response(page, status, headers=_NEVER_KEPT, media_type=_HTML)
        self._set_cookie(answer, LOGIN_COOKIE, visitor)
        return answer

    def _set_cookie(self, answer: Response, name: str, value: str) -> None:
        secure = urlsplit(self._instance.tools.edition.site.url).scheme == "https"
        answer.set_cookie(name, value, httponly=True, samesite="strict", secure=secure)

    # -- pages and forms ----------------------------------------------------------------------------

    def _get(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                return _to("login")
            visit = Visit(self._instance.tools, session, once(request.url.query))
            return _answer(await to_thread.run_sync(work, visit))

        return answer

    def _post(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                session, form = await self._entitled(request)
            except _Refused as refused:
                return self._refusal(refused)
            visit = Visit(self._instance.tools, session, {}, form)
            return _answer(await to_thread.run_sync(work, visit))

        return answer

    def _session(self, request: Request) -> Session | None:
        return self._door.session(request.cookies.get(SESSION_COOKIE))

    async def _entitled(self, request: Request) -> tuple[Session, Mapping[str, str]]:
        """The session and the form of a POST that may change something; raises _Refused."""
        session = self._session(request)
        if session is None:
            raise _Refused(403, "You are not logged in, or no longer.")
        form = await self._form(request)
        if not self._door.says(session, form.get("csrf", "")):
            raise _Refused(403, "This form was too old. Go back, reload, and try once more.")
        return session, form

    async def _form(self, request: Request) -> Mapping[str, str]:
        """What a form of ours says, each field once; raises _Refused."""
        site = urlsplit(self._instance.tools.edition.site.url)
        if not _is_ours(request.headers, site.netloc):
            raise _Refused(403, "This came from another site, so nothing was done.")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise _Refused(415, "This is not a form of the desk.")
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    raise _Refused(413, f"That is more than {MOST_BYTES // 1024} kB.")
        except ClientDisconnect:
            raise _Refused(400, "The form was cut off.") from None
        return once(body.decode("utf-8", "replace"))

    def _refusal(self, refused: _Refused) -> Response:
        page = pages.notice_page("Nothing was done", refused.message, self._instance.tools.edition)
        return Response(page, refused.status, headers=_NEVER_KEPT, media_type=_HTML)


def _is_ours(headers: Mapping[str, str], site: str) -> bool:
    """Whether a POST comes from a page of this very host, as far as the browser says.

    Other programs say nothing of the kind; they have to know the form's secret all the same.
    Source: https://www.w3.org/TR/fetch-metadata/, RFC 6454 §7.
    """
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc in {headers.get("host"), site}


def _answer(result: bytes | str) -> Response:
    if isinstance(result, str):
        return _to(result)
    return Response(result, headers=_NEVER_KEPT, media_type=_HTML)


def _to(address: str) -> Response:
    """On to an address beside this one."""
    return RedirectResponse(address, 303, headers=_NEVER_KEPT)
