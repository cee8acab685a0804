"""What all pages share: templates, filters, the way to the site's address, and what is allowed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aggregator.publish import charts, plan
from aggregator.publish.listing import clock, day_name
from aggregator.publish.text import one_line
from aggregator.values.output import Channel, Edition

HERE = Path(__file__).parent
STATIC = HERE / "static"

# Also for the header of whoever serves the pages. Pictures stay at their publishers.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http:; "
    "form-action 'self'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """What every page needs to know of itself."""

    title: str
    root: str  # relative address of the site: "../../"
    feed: str | None  # folder of the channel that it belongs to, below the site's address
    path: str | None = None  # its own, below the site's address; None: shown at many, or at none


def month_path(channel: Channel, month: date) -> str:
    """Where the page of a month is: `tags/SLUG/2026-11`."""
    return f"{channel.path}/{month:%Y-%m}"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Where templates come from, and how: everything escaped, nothing missing passed over."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        moment=_moment,
        clock=lambda when: Markup(clock(when)),  # noqa: S704  of digits only
        day=day_name,
        month=charts.month_name,
        counted=charts.counted,
        month_path=month_path,
        feed_path=plan.feed_path,
        line=one_line,
        quoted=lambda text: quote(text, safe=""),
    )
    made.globals.update(static=static_path, policy=CONTENT_SECURITY_POLICY)
    return made


def render(template: str, edition: Edition, page: Page, **values: object) -> bytes:
    """A page by its template; `values` are what the template asks for besides."""
    text = (
        environment()
        .get_template(template)
        .render(page=page, root=page.root, site=edition.site, edition=edition, **values)
    )
    return text.encode()


def root_of(path: str, *, folder: bool = True) -> str:
    """The way from a page back to the site's address, relative."""
    depth = path.count("/") + folder
    return "../" * depth or "./"


def _moment(when: datetime) -> Markup:
    """A time, in UTC, as people read it and as programs do."""
    when = when.astimezone(UTC)
    month = charts.MONTHS[when.month - 1][:3]
    shown = f"{when.day} {month} {when.year}, {when:%H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(f"{when:%Y-%m-%dT%H:%M:%SZ}", shown)


@lru_cache(maxsize=32)
def static_path(name: str) -> str:
    """The address of a static file below the site's; it changes with the file, so it may be kept."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:8]
    return f"static/{name}?v={digest}"
