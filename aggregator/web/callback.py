"""`/websub/TOKEN`: where hubs ask whether we meant it, and deliver news."""

from collections.abc import Callable

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator import push
from aggregator.pipeline import Tools

_ADDRESS = "/websub/{token}"
_STATUS = {"kept": 202, "ignored": 202, "full": 503, "unknown": 410, "packed": 415}
_LATER = {"Retry-After": "60"}
_UNSTORED = {"Cache-Control": "no-store"}


def routes(tools: Callable[[], Tools]) -> tuple[Route, Route]:
    """The callback's routes, over the tools of now."""

    async def asks(request: Request) -> Response:
        return await question(tools(), request)

    async def delivers(request: Request) -> Response:
        return await delivery(tools(), request)

    return Route(_ADDRESS, asks), Route(_ADDRESS, delivers, methods=["POST"])


async def question(tools: Tools, request: Request) -> Response:
    """A hub's question: its challenge if we asked for just this, else 404."""
    asks = dict(request.query_params)
    said = await to_thread.run_sync(push.asked_back, tools, request.path_params["token"], asks)
    if said is None:
        return PlainTextResponse("we did not ask for this\n", 404, headers=_UNSTORED)
    return PlainTextResponse(said, headers=_UNSTORED)


async def delivery(tools: Tools, request: Request) -> Response:
    """A hub's news: 202, whether its signature was right or not; 410 when nobody waits for it.

    415 for what was packed in a way that cannot be undone: the feed is polled then.

    Source: WebSub §7 and §8.
    """
    token, headers = request.path_params["token"], request.headers
    if not await to_thread.run_sync(push.is_known, tools, token):
        return Response(status_code=_STATUS["unknown"])
    try:
        body = await request.body()
    except ClientDisconnect:
        return Response(status_code=400)  # which nobody reads
    receipt = await to_thread.run_sync(push.deliver, tools, token, body, headers)
    return Response(status_code=_STATUS[receipt], headers=_LATER if receipt == "full" else None)
