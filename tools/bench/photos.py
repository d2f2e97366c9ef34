"""How fast previews are made, against Pillow in the same run: ``make bench``.

Each way works in a process of its own, on one core, on one photo of 12 megapixels: it is done
several times, and the fastest counts. What is written is in ``bench/results/``.
"""

import base64
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter, ImageOps

from app.integrations import images
from app.integrations.images import contract

RESULTS = Path(__file__).parents[2] / "bench" / "results"
SIZE = (4000, 3000)
ROUNDS = 5
#: What is wanted (targets): so many times faster than Pillow, in so much memory.
RATIO, MEGABYTES = 1.5, 300
#: What previews are written with, by both.
LARGE_QUALITY, THUMB_QUALITY, LARGE_EFFORT, THUMB_EFFORT = 80, 75, 2, 4


def noisy(path: Path) -> None:
    """Write a photo that is as hard to compress as those of a camera: the same each time."""
    chance = random.Random(7)  # noqa: S311  # nothing is secret here
    layers = []
    for _colour in range(3):
        small = Image.frombytes("L", (500, 375), chance.randbytes(500 * 375))
        smooth = small.filter(ImageFilter.GaussianBlur(2)).resize(SIZE, Image.Resampling.BICUBIC)
        grain = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1]))
        layers.append(Image.blend(smooth, grain, 0.12))
    Image.merge("RGB", layers).save(path, quality=92)


def with_libvips(source: Path, directory: Path) -> None:
    """As the site does, without the start of the process that does it."""
    from app.integrations.images import pictures  # noqa: PLC0415  # it has the decoders loaded

    large, thumb = directory / "large", directory / "thumb"
    pictures.answer(
        {"do": "previews", "source": str(source), "large": str(large), "thumb": str(thumb)}
    )


def with_pillow(source: Path, directory: Path, *, efforts: tuple[int, int]) -> None:
    """The same two previews and miniature, as one writes it with Pillow."""
    with Image.open(source) as opened:
        image = ImageOps.exif_transpose(opened)
    large = image.copy()
    large.thumbnail((contract.LARGE_SIDE, contract.LARGE_SIDE))
    large.save(directory / "large", "WEBP", quality=LARGE_QUALITY, method=efforts[0])
    thumb = large.copy()
    thumb.thumbnail((contract.THUMB_WIDTH, contract.THUMB_HEIGHT))
    thumb.save(directory / "thumb", "WEBP", quality=THUMB_QUALITY, method=efforts[1])
    tiny, written = thumb.copy(), io.BytesIO()
    tiny.thumbnail((16, 16))
    tiny.filter(ImageFilter.GaussianBlur(0.7)).save(written, "WEBP", quality=50)
    base64.b64encode(written.getvalue())


def as_site(source: Path, directory: Path) -> None:
    """As the site does, the start of the process included."""
    images.make_previews(source, directory / "large", directory / "thumb")


WAYS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "site": ("libvips, as the site", with_libvips),
    "same": (
        "Pillow, the same WebP effort",
        lambda source, to: with_pillow(source, to, efforts=(LARGE_EFFORT, THUMB_EFFORT)),
    ),
    "default": (
        "Pillow, its own WebP effort",
        lambda source, to: with_pillow(source, to, efforts=(4, 4)),
    ),
    "whole": ("the site, process started for each photo", as_site),
}


def measure(way: str, source: Path) -> dict[str, Any]:
    """Make the previews of a photo several times; say how it went."""
    work = WAYS[way][1]
    with tempfile.TemporaryDirectory() as name:
        directory, walls, processors = Path(name), [], []
        for _round in range(ROUNDS):
            begun, used = time.perf_counter(), _processor()
            work(source, directory)
            walls.append(time.perf_counter() - begun)
            processors.append(_processor() - used)
        sizes = [(directory / part).stat().st_size for part in ("large", "thumb")]
    peak = next(
        int(line.split()[1]) / 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return {
        "seconds": min(walls),
        "processor": min(processors),
        "megabytes": peak,
        "bytes": sum(sizes),
    }


def _processor() -> float:
    """How long processors worked for this process, and for those that it started."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def found() -> dict[str, dict[str, Any]]:
    """What each way takes, in a process of its own; how many times longer Pillow's are."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "noisy.jpg"
        noisy(source)
        ways = {way: _apart(way, source) for way in WAYS}
        ways["site"]["source"] = source.stat().st_size
    for way in ("same", "default"):
        ways[way]["ratio"] = ways[way]["processor"] / ways["site"]["processor"]
    return ways


def main() -> None:
    """Measure, and write what was found."""
    ways = found()
    text = _table(ways, ways["site"]["source"])
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "photos.json").write_text(json.dumps(ways, indent=2) + "\n")
    (RESULTS / "photos.md").write_text(text)
    print(text)  # noqa: T201  # what was asked for


def _apart(way: str, source: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  # this file
        [sys.executable, "-m", "tools.bench.photos", way, str(source)],
        env=os.environ | {"VIPS_CONCURRENCY": "1"},  # noqa: TID251  # a program's, not a setting
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _table(ways: dict[str, dict[str, Any]], size: int) -> str:
    lines = [
        "# Previews of a photo",
        "",
        f"{SIZE[0]} x {SIZE[1]} pixels, {size / 1e6:.1f} MB → two WebP and a miniature, one core.",
        "",
        "| way | photos/s | processor, ms | elapsed, ms | memory, MB | written, kB | site is |",
        "|---|---|---|---|---|---|---|",
    ]
    for way, one in ways.items():
        ratio = f"{one['ratio']:.2f} x faster" if "ratio" in one else ""
        lines.append(
            f"| {WAYS[way][0]} | {1 / one['processor']:.2f} | {one['processor'] * 1000:.0f}"
            f" | {one['seconds'] * 1000:.0f} | {one['megabytes']:.0f}"
            f" | {one['bytes'] / 1000:.0f} | {ratio} |"
        )
    is_fast = ways["same"]["ratio"] >= RATIO
    is_small = ways["site"]["megabytes"] <= MEGABYTES
    lines += [
        "",
        f"Wanted: {RATIO} x the same with Pillow: {'yes' if is_fast else 'no'}.",
        f"Wanted: {MEGABYTES} MB at most: {'yes' if is_small else 'no'}.",
        "The memory of the last line is that of who asks.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
