"""What the home page shows of the banners: the carousel, and to the team what it manages."""

from collections.abc import Sequence
from typing import cast

from flask import g
from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.enums import PermissionScope, PermissionType
from app.models import InfoBanner
from app.modules.banners.queries import banners as queries
from app.modules.banners.queries.banners import Summary
from app.modules.banners.queries.options import options_of
from app.modules.banners.routes.shown import Slide, Slides
from app.web.chosen import chosen


def news(session: Session, visitor: Context) -> Slides | None:
    """The banners of now, to whoever is logged in; nothing when there is none."""
    if not visitor.is_logged_in:
        return None
    now = clock.now()
    every = _banners(session) if _manages(visitor) else queries.begun(session, now)
    found = [Slide.of(one) for one in every if queries.is_shown(one, now)]
    return Slides(slides=found, options=options_of(chosen())) if found else None


def card(session: Session, visitor: Context) -> Summary | None:
    """The first titles, to the team alone."""
    return Summary.of(_banners(session)) if _manages(visitor) else None


def _manages(visitor: Context) -> bool:
    return visitor.has_permission(PermissionType.write, PermissionScope.calendar)


def _banners(session: Session) -> Sequence[InfoBanner]:
    """All of them, read once a request: for the team."""
    if "banners" not in g:
        g.banners = queries.every(session)
    return cast(Sequence[InfoBanner], g.banners)
