"""The work on pictures itself: for the process apart alone, which has its limits by then.

The pixels of a picture are taken out of it, and what is written is made of them alone: nothing
that it says can follow.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyvips

from app.integrations.images import contract, exif, sniffing
from app.integrations.images.contract import (
    Animated,
    Format,
    TooManyPixels,
    TooSlow,
    Undecodable,
    UnknownType,
)
from app.integrations.images.exif import Tag

Request: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]

#: How to undo each orientation.
_TURNS: dict[int, tuple[str, ...]] = {
    2: ("fliphor",),
    3: ("rot180",),
    4: ("flipver",),
    5: ("rot90", "fliphor"),
    6: ("rot90",),
    7: ("rot270", "fliphor"),
    8: ("rot270",),
}
_ROTATIONS: dict[int, tuple[str, ...]] = {0: (), 90: ("rot90",), 180: ("rot180",), 270: ("rot270",)}
#: What of a decoder of libvips reads each format: the others are shut.
_LOADERS = {
    "jpeg": ("jpegload", "VipsForeignLoadJpegFile"),
    "png": ("pngload", "VipsForeignLoadPngFile"),
    "webp": ("webpload", "VipsForeignLoadWebpFile"),
    "gif": ("gifload", "VipsForeignLoadNsgifFile"),
}
#: What libvips and what it stands on say when there is no memory left.
_NO_MEMORY = ("out of memory", "Insufficient memory", "Error creating thread")
#: How many bytes a pixel of each kind of HEIC has.
_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_WHITE = [255, 255, 255]
#: Larger pictures would take too much memory to be written in fewer bytes.
_OPTIMIZED, _LOSSLESS = 50_000_000, 16_000_000


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture that is open, and not decoded yet."""

    format: Format
    image: pyvips.Image
    tags: bytes
    #: How it is turned: from 1, upright, to 8.
    orientation: int
    #: What its pixels belong to, if not to itself.
    owner: object = None

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height, once upright."""
        width, height = self.image.width, self.image.height
        return (height, width) if self.orientation >= 5 else (width, height)


@contextmanager
def _decoding() -> Iterator[None]:
    """Say what is wrong with the picture when libvips cannot read it."""
    try:
        yield
    except pyvips.Error as error:
        _check_memory(error)
        raise Undecodable(str(error)) from error


@contextmanager
def _writing() -> Iterator[None]:
    """The pixels are there: what fails now is the disk."""
    try:
        yield
    except pyvips.Error as error:
        _check_memory(error)
        raise OSError(str(error)) from error


def _check_memory(error: pyvips.Error) -> None:
    """A picture that takes more memory than there is is too much, whatever was done of it."""
    if any(word in str(error) for word in _NO_MEMORY):
        raise TooSlow(str(error)) from error


def _open(path: Path, *, shrink: int = 1, first_frame: bool = False) -> _Picture:
    """Read what a picture says of itself, and refuse what must not be decoded.

    A JPEG may be decoded *shrink* (2, 4, 8) times smaller, which is faster. Of a GIF that moves,
    the *first frame* alone may be wanted.
    """
    kind = sniffing.format_of(path)
    if kind == "heic":
        return _open_heic(path)
    name, loader = _LOADERS[kind]
    pyvips.operation_block_set("VipsForeignLoad", state=True)
    pyvips.operation_block_set(loader, state=False)
    options: dict[str, Any] = {"shrink": shrink} if kind == "jpeg" and shrink > 1 else {}
    with _decoding():
        load = getattr(pyvips.Image, name)
        image = load(str(path), access="sequential", fail_on="error", **options)
    _check_size(image.width, image.height)
    if _field(image, "n-pages", 1) > 1 and not (first_frame and kind == "gif"):
        raise Animated
    tags = _field(image, "exif-data", b"")[: exif.LONGEST]
    return _Picture(kind, image, tags, exif.read(tags).orientation)


def _open_heic(path: Path) -> _Picture:
    """Likewise of a HEIC, which libheif gives upright."""
    import pi_heif  # noqa: PLC0415  # most pictures do without

    try:
        file = pi_heif.open_heif(path)
        _check_size(*file.size)
        data, stride = file.data, file.stride
    except (ValueError, OSError, EOFError, RuntimeError, SyntaxError) as error:
        raise Undecodable(str(error)) from error
    width, height = file.size
    bands = _BANDS.get(file.mode)
    if bands is None:
        raise Undecodable(file.mode)
    with _decoding():
        image = pyvips.Image.new_from_memory(data, stride // bands, height, bands, "uchar")
        image = image.crop(0, 0, width, height).copy(interpretation="srgb" if bands > 2 else "b-w")
        if profile := file.info.get("icc_profile"):
            image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    tags = (file.info.get("exif") or b"")[: exif.LONGEST]
    return _Picture("heic", image, tags, 1, file)


def _check_size(width: int, height: int) -> None:
    if max(width, height) > contract.MAX_SIDE or width * height > contract.MAX_PIXELS:
        raise TooManyPixels


def _field(image: pyvips.Image, name: str, otherwise: Any) -> Any:
    return image.get(name) if image.get_typeof(name) else otherwise


def _pixels(picture: _Picture) -> pyvips.Image:
    """The pixels of a picture, decoded to the end: upright, in sRGB, and nothing but them."""
    with _decoding():
        image = _in_srgb(picture.image)
        data = image.write_to_memory()
    pixels = pyvips.Image.new_from_memory(data, image.width, image.height, image.bands, "uchar")
    return _turned(pixels.copy(interpretation="srgb"), _TURNS.get(picture.orientation, ()))


def _turned(image: pyvips.Image, turns: tuple[str, ...]) -> pyvips.Image:
    for turn in turns:
        image = getattr(image, turn)()
    return image


def _in_srgb(image: pyvips.Image) -> pyvips.Image:
    """*image* with three or four bands of eight bits, in the colours that screens expect."""
    profile = _field(image, "icc-profile-data", b"")
    if profile and not _is_srgb(profile):
        try:
            image = image.icc_transform("srgb", embedded=True, intent="relative", depth=8)
        except pyvips.Error:  # a profile that makes no sense: the picture may
            image = image.copy()
            image.remove("icc-profile-data")
    image = image.colourspace("srgb").cast("uchar")
    return image if image.bands <= 4 else image.extract_band(0, n=4)


def _is_srgb(profile: bytes) -> bool:
    head = profile[:4096]
    return b"sRGB" in head or "sRGB".encode("utf-16-be") in head


def _flat(image: pyvips.Image) -> pyvips.Image:
    """*image* on white, if one sees through it."""
    return image.flatten(background=_WHITE) if image.hasalpha() else image


# What is asked


def _inspect(request: Request) -> Answer:
    picture = _open(Path(request["source"]))
    if picture.format != "heic":  # which was decoded to be opened
        with _decoding():
            picture.image.avg()
    width, height = picture.size
    tags = base64.b64encode(picture.tags).decode()
    return {"format": picture.format, "width": width, "height": height, "tags": tags}


def _prepare(request: Request) -> Answer:
    source = Path(request["source"])
    picture = _open(source)
    is_subsampled = picture.format == "heic" or (
        _field(picture.image, "jpeg-chroma-subsample", "") == "4:2:0"
    )
    image = _turned(_pixels(picture), _ROTATIONS[request["rotate"]])
    kind, tags = picture.format, _tags_left(picture.tags, request)
    original = Path(request["original"])
    del picture  # with what decoded it
    with _writing():
        if kind == "png":
            _save_png(image, original, tags)
        elif kind == "webp":
            _save_webp(image, original, tags, is_lossless=sniffing.is_lossless_webp(source))
        else:
            _save_jpeg(_flat(image), original, tags, is_subsampled=is_subsampled)
        placeholder = _save_previews(image, _large(image), request)
    return {
        "size": original.stat().st_size,
        "width": image.width,
        "height": image.height,
        "placeholder": placeholder,
    }


def _make_previews(request: Request) -> Answer:
    picture = _open(Path(request["source"]))
    with _decoding():
        # read once from its first row to its last, it need not be in memory as a whole
        is_read_once = picture.orientation == 1 and _is_enough(*picture.size)
        image = _in_srgb(picture.image) if is_read_once else _pixels(picture)
        large = _large(image)
    with _writing():
        return {"placeholder": _save_previews(image, large, request)}


def _make_cover(request: Request) -> Answer:
    source = Path(request["source"])
    width = contract.COVER_WIDTH
    picture = _open(source)
    shrink = next((by for by in (8, 4, 2) if min(picture.size) >= width * by), 1)
    if shrink > 1 and picture.format == "jpeg":
        picture = _open(source, shrink=shrink)
    image = _flat(_pixels(picture))
    with _writing():
        image = image.thumbnail_image(width, height=10**7, size="down")
        _middle(image, width, contract.COVER_HEIGHT).webpsave(
            request["target"], Q=80, effort=4, keep="none"
        )
    return {}


def _make_avatar(request: Request) -> Answer:
    width, height = contract.AVATAR_WIDTH, contract.AVATAR_HEIGHT
    image = _flat(_pixels(_open_simple(Path(request["source"]))))
    with _writing():
        image.thumbnail_image(width, height=height, size="both", crop="centre").webpsave(
            request["target"], Q=82, effort=4, keep="none"
        )
    return {}


def _make_background(request: Request) -> Answer:
    return _fit(request, side=contract.BACKGROUND_SIDE, quality=72)


def _make_poster(request: Request) -> Answer:
    return _fit(request, side=request["side"], quality=80)


def _fit(request: Request, *, side: int, quality: int) -> Answer:
    """Write all of a picture, in a square of so many pixels at most."""
    picture = _open_simple(Path(request["source"]), first_frame=request.get("first_frame", False))
    image = _flat(_pixels(picture))
    with _writing():
        made = image.thumbnail_image(side, height=side, size="down")
        made.webpsave(request["target"], Q=quality, effort=4, keep="none")
    return {"width": made.width, "height": made.height}


def _open_simple(path: Path, *, first_frame: bool = False) -> _Picture:
    """Likewise, of the formats that every browser shows: no HEIC."""
    if sniffing.format_of(path) == "heic":
        raise UnknownType
    return _open(path, first_frame=first_frame)


def _tags_left(tags: bytes, request: Request) -> bytes:
    """What a picture that is published says: author, rights and date."""
    found = exif.read(tags).image.get(Tag.copyright)
    rights = found.strip(b"\0 ")[:280] if isinstance(found, bytes) else b""
    taken = request["timestamp"] and datetime.fromisoformat(request["timestamp"])
    author = (request["author"] or "").encode()
    return (
        exif.write(author=author, rights=rights, taken=taken) if author or rights or taken else b""
    )


def _with_tags(image: pyvips.Image, tags: bytes) -> tuple[pyvips.Image, dict[str, str]]:
    """*image* with what it says, and the options that have it written with its colours."""
    image = image.copy()
    if tags:
        image.set_type(pyvips.GValue.blob_type, "exif-data", tags)
    return image, {"keep": "exif|icc" if tags else "icc", "profile": "srgb"}


def _save_jpeg(image: pyvips.Image, target: Path, tags: bytes, *, is_subsampled: bool) -> None:
    image, kept = _with_tags(image, tags)
    image.jpegsave(
        str(target),
        Q=92,
        optimize_coding=image.width * image.height <= _OPTIMIZED,
        subsample_mode="on" if is_subsampled else "off",
        **kept,
    )


def _save_png(image: pyvips.Image, target: Path, tags: bytes) -> None:
    image, kept = _with_tags(image, tags)
    image.pngsave(str(target), compression=6, filter="sub", **kept)


def _save_webp(image: pyvips.Image, target: Path, tags: bytes, *, is_lossless: bool) -> None:
    image, kept = _with_tags(image, tags)
    options: dict[str, Any] = {"Q": 95, "effort": 2}
    if is_lossless and image.width * image.height <= _LOSSLESS:
        options = {"lossless": True, "effort": 1}
    image.webpsave(str(target), **options, **kept)


def _large(image: pyvips.Image) -> pyvips.Image:
    """The larger preview of an image, in memory."""
    side = contract.LARGE_SIDE
    return _flat(image).thumbnail_image(side, height=side, size="down").copy_memory()


def _is_enough(width: int, height: int) -> bool:
    """Whether the smaller preview can be made of the larger one: not of a panorama."""
    scale = min(1, contract.LARGE_SIDE / max(width, height))
    return scale == 1 or height * scale >= contract.THUMB_HEIGHT


def _save_previews(image: pyvips.Image, large: pyvips.Image, request: Request) -> str:
    """Write both previews of an image; return its miniature."""
    large.webpsave(request["large"], Q=80, effort=2, keep="none")
    source = large if _is_enough(image.width, image.height) else _flat(image)
    height = min(contract.THUMB_HEIGHT, source.height)
    thumb = source.thumbnail_image(10**7, height=height, size="down").copy_memory()
    most = thumb.height * contract.THUMB_WIDTH // contract.THUMB_HEIGHT
    thumb = _middle(thumb, most, thumb.height)
    thumb.webpsave(request["thumb"], Q=75, effort=4, keep="none")
    return _placeholder(thumb)


def _middle(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """The middle of *image*, no larger than that."""
    width, height = min(image.width, max(width, 1)), min(image.height, max(height, 1))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop(left, top, width, height)


def _placeholder(image: pyvips.Image) -> str:
    tiny = image.thumbnail_image(16, height=16, size="down").gaussblur(0.7).cast("uchar")
    for quality in (50, 30, 10):
        data = tiny.webpsave_buffer(Q=quality, effort=4, keep="none")
        address = f"data:image/webp;base64,{base64.b64encode(data).decode()}"
        if len(address) <= contract.PLACEHOLDER_LENGTH:
            return address
    raise OSError("no miniature is short enough")  # sixteen pixels a side always are


_ANSWERS: Mapping[str, Callable[[Request], Answer]] = {
    "inspect": _inspect,
    "prepare": _prepare,
    "previews": _make_previews,
    "cover": _make_cover,
    "avatar": _make_avatar,
    "background": _make_background,
    "poster": _make_poster,
}


def answer(request: Request) -> Answer:
    """What is answered to a request.

    Raises:
        ImageRefused: One of its kinds.
        OSError: If a file cannot be read or written.
    """
    pyvips.cache_set_max(0)
    return _ANSWERS[request["do"]](request)
