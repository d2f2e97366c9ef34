"""QR codes, drawn by the server: as SVG, with no script and no style but a class; or as a PNG."""

from collections.abc import Iterator, Sequence
from io import BytesIO
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
    matrix = _matrix(text)
    size = len(matrix) + 2 * QUIET
    return _SVG.format(label=label, size=size, path="".join(_path(matrix)))


def png(text: str, *, side: int) -> bytes:
    """The same as a square picture, *side* pixels wide: modules are whole pixels, in its middle."""
    from PIL import Image  # noqa: PLC0415  # large, few need it

    matrix = _matrix(text)
    pixels = bytes(0 if is_dark else 1 for line in matrix for is_dark in line)
    size, scale = len(matrix), max(1, side // (len(matrix) + 2 * QUIET))
    code = Image.frombytes("L", (size, size), pixels).point(lambda one: 255 * one)
    code = code.resize((size * scale, size * scale), Image.Resampling.NEAREST)
    picture = Image.new("L", (side, side), 255)
    picture.paste(code, ((side - code.width) // 2, (side - code.height) // 2))
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _matrix(text: str) -> Sequence[Sequence[int]]:
    """The modules of a code, without what is white around: true for what is dark."""
    code = segno.make(
        text, error="m", mode="byte", encoding="utf-8", micro=False, boost_error=False
    )
    matrix: Sequence[Sequence[int]] = code.matrix
    return matrix


def _path(matrix: Sequence[Sequence[int]]) -> Iterator[str]:
    """A rectangle for each run of dark modules in a line."""
    for y, line in enumerate(matrix, start=QUIET):
        x = QUIET
        for is_dark, run in groupby(line):
            width = len(list(run))
            if is_dark:
                yield f"M{x} {y}h{width}v1h-{width}z"
            x += width
