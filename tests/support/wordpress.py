"""Feed documents as publishers write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape


@dataclass(frozen=True, slots=True)
class Post:
    """One article of a made-up news site."""

    title: str
    body: str  # HTML
    link: str
    guid: str | None = None  # None: the link
    published: datetime = datetime(2026, 11, 1, 9, tzinfo=UTC)
    categories: tuple[str, ...] = ()
    updated: datetime | None = None  # None: it does not say


def wordpress(posts: Sequence[Post], title: str = "The Courier") -> bytes:
    """An RSS 2.0 document as WordPress writes it."""
    items = "".join(
        f"""
  <item>
    <title>{escape(post.title)}</title>
    <link>{escape(post.link)}</link>
    <dc:creator><![CDATA[newsdesk]]></dc:creator>
    <pubDate>{format_datetime(post.published)}</pubDate>
    {f"<atom:updated>{post.updated.isoformat()}</atom:updated>" if post.updated else ""}
    {"".join(f"<category><![CDATA[{name}]]></category>" for name in post.categories)}
    <guid isPermaLink="false">{escape(post.guid or post.link)}</guid>
    <description><![CDATA[{post.body[:120]}]]></description>
    <content:encoded><![CDATA[{post.body}]]></content:encoded>
  </item>"""
        for post in posts
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
  <title>{escape(title)}</title>
  <link>http://courier.example/</link>
  <description>News of the day</description>
  <language>en-US</language>{items}
</channel>
</rss>
""".encode()
