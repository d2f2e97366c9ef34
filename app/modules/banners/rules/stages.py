"""When a banner is shown. Pure."""

import enum
from datetime import datetime

from flask_babel import LazyString, lazy_gettext as _l

from app.models import InfoBanner


class Stage(enum.Enum):
    """Where a banner stands."""

    coming = "coming"
    shown = "shown"
    over = "over"

    @property
    def label(self) -> LazyString:
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """Of the pill that says it."""
        return {Stage.coming: "info", Stage.shown: "success"}.get(self, "neutral")


_LABELS = {
    Stage.coming: _l("prévue"),
    Stage.shown: _l("en ligne"),
    Stage.over: _l("terminée"),
}


def stage(banner: InfoBanner, now: datetime) -> Stage:
    """Where a banner stands: it is shown from its first instant on, not at its last."""
    if banner.shown_until is not None and banner.shown_until <= now:
        return Stage.over
    if banner.shown_from is not None and banner.shown_from > now:
        return Stage.coming
    return Stage.shown
