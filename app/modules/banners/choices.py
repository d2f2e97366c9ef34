"""What the team of the calendar may change of the banners (community 1.3)."""

from flask_babel import lazy_gettext as _l

from app.models import Choice

#: In seconds.
AUTOPLAY_DELAY = Choice(
    key="CAROUSEL_AUTOPLAY_DELAY",
    default=8,
    label=_l("Secondes entre deux bannières"),
    low=2,
    high=60,
    apart=True,
)
RATIO_X = Choice(
    key="CAROUSEL_ASPECT_RATIO_X",
    default=21,
    label=_l("Largeur des bannières, en proportion"),
    low=1,
    high=100,
    apart=True,
)
RATIO_Y = Choice(
    key="CAROUSEL_ASPECT_RATIO_Y",
    default=9,
    label=_l("Hauteur des bannières, en proportion"),
    low=1,
    high=100,
    apart=True,
)

CHOICES: tuple[Choice[int], ...] = (AUTOPLAY_DELAY, RATIO_X, RATIO_Y)
