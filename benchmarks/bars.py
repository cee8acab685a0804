"""A chart of a benchmark, as SVG that reads in light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.tree import Cost

_WIDTH, _LEFT, _LINE = 720, 170, 22
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.ours{fill:#1a6fb5}.other{fill:#9aa5b1}"
    ".head{font-weight:600}@media(prefers-color-scheme:dark){text{fill:#ddd}.ours{fill:#5aa9e6}"
    ".other{fill:#66707a}}"
)


@dataclass(frozen=True)
class Row:
    """What one program needed for one cycle."""

    program: str
    kind: str  # cold, warm, tick
    cost: Cost
    database: int  # bytes, after it


def drawn(rows: Sequence[Row], title: str) -> str:
    """CPU seconds of each program in each kind of cycle; a scale for each kind."""
    parts, y = [], 24
    parts.append(f'<text class="head" x="0" y="{y}">{escape(title)}: CPU seconds of a cycle</text>')
    for kind in dict.fromkeys(row.kind for row in rows):
        y += _LINE + 10
        parts.append(f'<text class="head" x="0" y="{y}">{escape(kind)}</text>')
        last = {row.program: row for row in rows if row.kind == kind}
        most = max(row.cost.cpu for row in last.values())
        for row in sorted(last.values(), key=lambda row: row.cost.cpu):
            y += _LINE
            width = max(2, round((_WIDTH - _LEFT - 80) * row.cost.cpu / most))
            kind_of = "ours" if row.program == "aggregator" else "other"
            parts.append(
                f'<text x="{_LEFT - 10}" y="{y}" text-anchor="end">{escape(row.program)}</text>'
                f'<rect class="{kind_of}" x="{_LEFT}" y="{y - 13}" width="{width}" height="16"/>'
                f'<text x="{_LEFT + width + 6}" y="{y}">{row.cost.cpu:.2f}</text>'
            )
    height = y + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )
