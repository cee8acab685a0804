"""JSON Feeds that mean harm, each by a name that says how."""

import json

from tests.support.hostile.xml import ALARM, ALARMS, DATES, MANY


def documents() -> dict[str, bytes]:
    def feed(**items: object) -> bytes:
        return json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "title": "A feed", "items": [items]}
        ).encode()

    start = b'{"version": "https://jsonfeed.org/version/1.1", "title": "A feed", "items": ['
    script = "".join(ALARMS.values())
    return {
        "json, deep": b"[" * 1_000_000,
        "json, deep objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        "json, deep in an entry": start
        + b'{"id": "1", "x": '
        + b"[" * 90_000
        + b"]" * 90_000
        + b"}]}",
        "json, huge number": start + b'{"id": ' + b"9" * 100_000 + b', "content_text": "x"}]}',
        "json, huge exponent": start + b'{"id": 1e999999999, "content_text": "x"}]}',
        "json, not a number": start + b'{"id": NaN, "content_text": "not a number"}]}',
        "json, same key": start + b"{" + b'"id": "k",' * MANY + b'"title": "Same key"}]}',
        "json, many items": start
        + b",".join([b'{"id": "%d"}'] * 1) % 1
        + b',{"id":"2"}' * MANY
        + b"]}",
        "json, wrong kinds": feed(
            id={"a": 1},
            title=[1],
            content_html=7,
            url=False,
            authors="x",
            tags={"a": "b"},
            attachments="x",
            date_published=12,
            image=[],
            language=3,
            summary="A summary",
        ),
        "json, items no list": b'{"version": "https://jsonfeed.org/version/1.1", "items": {"a": 1}}',
        "json, half pair": start + b'{"id": "s", "content_text": "half \\ud800 pair \\u0000"}]}',
        "json, script": feed(
            id=script,
            title=script,
            content_html=script,
            summary=script,
            url=f"javascript:{ALARM}",
            external_url=f"data:text/html,{script}",
            image=f"javascript:{ALARM}",
            authors=[{"name": script, "url": f"javascript:{ALARM}", "avatar": "data:x"}],
            tags=[script],
            attachments=[{"url": f"javascript:{ALARM}", "mime_type": script}],
        ),
        "json, dates": b",".join([start[:-1] + b"["])
        + b",".join(
            json.dumps({"id": f"jd{n}", "title": f"Day {n}", "date_published": date}).encode()
            for n, date in enumerate(DATES)
        )
        + b"]}",
        "json, cut off": start + b'{"id": "1"',
    }
