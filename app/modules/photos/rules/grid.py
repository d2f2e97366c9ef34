"""How photos are laid out: in rows of one height, each as wide as it looks."""

#: What a preview measures, in pixels.
PREVIEW_HEIGHT, PREVIEW_WIDTH = 272, 816
#: A row knows the shapes of its photos in twentieths: ``r27`` of the style sheet is 27/20 wide.
STEPS = 20
NARROWEST, WIDEST = 6, 60


def shape(width: int, height: int) -> int:
    """How wide a photo is for its height, in twentieths; panoramas are cut, at three to one."""
    return min(WIDEST, max(NARROWEST, round(STEPS * width / height)))


def preview_size(width: int, height: int) -> tuple[int, int]:
    """The width and height of the preview of a photo, in pixels."""
    shown = min(height, PREVIEW_HEIGHT)
    return min(PREVIEW_WIDTH, max(1, round(width * shown / height))), shown
