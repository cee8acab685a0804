"""What the web server answers: published files first, then the pages that cannot be files."""

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from aggregator import __version__
from aggregator.instance import Instance
from aggregator.publish import links
from aggregator.publish.bucket import Bucket
from aggregator.publish.files import Folder
from aggregator.publish.media import max_age
from aggregator.pulse import Pulse
from aggregator.web import callback, elsewhere, views
from aggregator.web.answers import Lately
from aggregator.web.editor import Editor
from aggregator.web.files import PublishedFiles
from aggregator.web.headers import SecurityHeaders
from aggregator.web.metrics import CONTENT_TYPE, Metrics
from aggregator.web.origin import FolderOrigin, Origin
from aggregator.web.remote import BucketOrigin

MAKERS = 4  # pages and feeds made at once: who asks for many waits, and files are served meanwhile


def create_app(instance: Instance, pulse: Pulse, metrics: Metrics | None = None) -> ASGIApp:
    """The whole web server of an instance, which may be reloaded while it runs.

    Args:
        pulse: how the service is.
        metrics: what is counted; None: nothing was yet.
    """
    counted = metrics or Metrics(pulse)
    makers = CapacityLimiter(MAKERS)

    def page(view: views.View) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            found = await to_thread.run_sync(view, instance.tools, request, limiter=makers)
            return found or await _missing(request)

        return answer

    async def health(request: Request) -> Response:  # noqa: ARG001 (an endpoint's signature)
        """Whether the process lives; what is wrong is told, and no reason to restart it."""
        status = {
            "status": "degraded" if pulse.problems else "ok",
            "version": __version__,
            "feeds": len(instance.tools.feeds),
            "ticks": pulse.ticks,
            "problems": pulse.problems,
        }
        return JSONResponse(status, headers={"Cache-Control": "no-store"})

    async def ready(request: Request) -> Response:  # noqa: ARG001
        """Whether it can serve: the first tick is over, and the last one had its database."""
        fit = pulse.ticks > 0 and pulse.error is None
        return JSONResponse(
            {"ready": fit}, 200 if fit else 503, headers={"Cache-Control": "no-store"}
        )

    async def numbers(request: Request) -> Response:  # noqa: ARG001
        """Counts and sizes, for monitors."""
        body = await to_thread.run_sync(counted.page, instance.tools)
        return Response(body, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})

    async def _missing(request: Request) -> Response:
        return await to_thread.run_sync(elsewhere.missing, instance.tools, request)

    async def not_found(request: Request, error: Exception) -> Response:  # noqa: ARG001
        return await _missing(request)

    routes = [
        Route("/health", health),
        Route("/health/ready", ready),
        Route("/metrics", numbers),
        *callback.routes(lambda: instance.tools),
        Route("/sources", page(views.sources)),
        Route("/search", page(views.search)),
        Route("/search/{file}", page(views.search_feed)),
        Route("/items/{uuid}", page(views.item)),
        Route("/tags/{slugs}/", page(views.combination)),
        Route("/tags/{slugs}", page(views.combination)),
        Route("/tags/{slugs}/{file}", page(views.combination)),
        Route("/tags/{slugs}/about/", page(views.combination)),
        Route("/tags/{slugs}/about/{file}", page(views.combination)),
        *(Editor(instance, pulse, token).routes() if (token := instance.editor_token) else ()),
    ]
    pages = Starlette(
        routes=routes,
        exception_handlers={404: not_found},
    )
    pages.router.redirect_slashes = False  # what moved is told by `elsewhere`
    pages.state.pulse = pulse
    pages.state.lately = Lately()
    return PublishedFiles(
        _origin(instance.tools.outlet),
        max_age=lambda path: max_age(path, instance.tools.config.poll.min_interval),
        links=lambda path: links.of_file(path, instance.tools.edition.site),
        otherwise=SecurityHeaders(pages),
        elsewhere={route.path.split("/")[1] for route in routes} - {"tags"},
    )


def _origin(outlet: Folder | Bucket) -> Origin:
    match outlet:
        case Folder(root=root):
            return FolderOrigin(root)
        case Bucket():
            return BucketOrigin(outlet)
