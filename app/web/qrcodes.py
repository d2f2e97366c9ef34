"""QR codes, drawn by the server as SVG: no script, and no style but a class."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import segno
from markupsafe import Markup

#: What must stay white around, in modules.
QUIET = 4

_SVG = Markup(
    '<svg class="qr" role="img" aria-label="{label}" viewBox="0 0 {size} {size}"'
    ' shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
    '<path fill="#000" d="{path}"/></svg>'
)


def svg(text: str, *, label: str) -> Markup:
    """The QR code that says *text*, black on white whatever the theme; *label* is read aloud."""
    code = segno.make(
        text, error="m", mode="byte", encoding="utf-8", micro=False, boost_error=False
    )
    size = len(code.matrix) + 2 * QUIET
    return _SVG.format(label=label, size=size, path="".join(_path(code.matrix)))


def _path(matrix: Sequence[Sequence[int]]) -> Iterator[str]:
    """A rectangle for each run of dark modules in a line."""
    for y, line in enumerate(matrix, start=QUIET):
        x = QUIET
        for is_dark, run in groupby(line):
            width = len(list(run))
            if is_dark:
                yield f"M{x} {y}h{width}v1h-{width}z"
            x += width
