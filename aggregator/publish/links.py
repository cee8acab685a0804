"""What a feed says of itself in the headers of HTTP: its own address, and its hub (RFC 8288, WebSub §4)."""

from urllib.parse import quote

from aggregator.publish import plan
from aggregator.values.output import Channel, Site

FEEDS = frozenset({"atom.xml", "rss.xml", "feed.json"})
_AS_IT_IS = "%/:?#[]@!$&'()*+,;=~"  # what an address holds that is one already


def of_file(path: str, site: Site) -> str | None:
    """The value of Link for a published file; None for what is no feed that goes on.

    Args:
        path: below the site's address.
    """
    folder, _, file = path.rpartition("/")
    if file not in FEEDS or "archive" in folder.split("/"):
        return None
    told = folder == "all" or folder.startswith(("tags/", "views/"))
    return _said(site.url + path, site.hub if told else None)


def of_channel(channel: Channel, file: str, site: Site) -> str | None:
    """The same for a feed that is made when it is asked for."""
    if file not in FEEDS:
        return None
    return _said(plan.address(channel, site, file), plan.hub(channel, site))


def _said(address: str, hub: str | None) -> str:
    links = [(address, "self")] + ([(hub, "hub")] if hub else [])
    return ", ".join(f'<{quote(target, _AS_IT_IS)}>; rel="{rel}"' for target, rel in links)
