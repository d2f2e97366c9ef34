"""Issues: they are published, changed, drawn by the worker, deleted; their files follow."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import NotificationTopic
from app.integrations.documents import Page, keeping
from app.integrations.documents.keeping import Arrived, Keeping, Progress, Refusals, Revision
from app.integrations.folders import BekkFiles
from app.models import Bekk, BekkPage, audit
from app.models.types import Day
from app.modules.bekk.effects import RenderBekk, SweepBekk
from app.modules.bekk.errors import (
    TROUBLES,
    BekkFolderSuspicious,
    BekkIsReady,
    NoSuchBekk,
    StaleBekk,
    TooManyBekkFiles,
)
from app.modules.bekk.rules.search import search_key
from app.modules.notifications.rules.audiences import FOLLOWERS
from app.modules.notifications.service.bus import Notice, tell

__all__ = ["Arrived", "Details", "Progress"]

#: What the column of the keys of names holds: a letter may be spelled with many.
_KEY_MAX = 1000
#: How long ago an issue that is news may be of: the others are archives.
_NEWS = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is said of an issue, besides its PDF."""

    name: str
    promo: int
    date: Day


def _words(page: Page) -> dict[str, Any]:
    """What the row of a page has besides: the text that searches compare."""
    return {"text_key": search_key(page.text)}


def _announce(session: Session, issue: Bekk) -> None:
    """Tell its readers that an issue may be read, unless it is an old one."""
    if issue.date < clock.today() - _NEWS:
        return
    notice = Notice(
        topic=NotificationTopic.bekk,
        title=_l("Un nouveau Bekk est paru"),
        body=_l("« %(name)s » est à lire sur le site.", name=issue.name),
        url=f"/bekk/reader/{issue.id}",
        key=f"bekk:{issue.id}",
    )
    tell(session, notice, FOLLOWERS)


_ISSUES = Keeping(
    document=Bekk,
    page=BekkPage,
    owner=BekkPage.bekk_id,
    render_effect=lambda key, revision: RenderBekk(issue=key, revision=revision),
    sweep_effect=lambda key: SweepBekk(issue=key),
    refusals=Refusals(
        gone=NoSuchBekk,
        ready=BekkIsReady,
        suspicious=BekkFolderSuspicious,
        too_many=TooManyBekkFiles,
        troubles=TROUBLES,
    ),
    more=_words,
    announce=_announce,
)


def look(session: Session, *, sent: Path, made: Path, name: str) -> Arrived:
    """Check a PDF that came, and clean it; it takes a while: no transaction runs meanwhile.

    Raises:
        DocumentError: If it may not be an issue, or if others are being looked at.
    """
    return keeping.look(session, sent=sent, made=made, name=name)


def add(session: Session, *, details: Details, arrived: Arrived, store: BekkFiles) -> Bekk:
    """Publish an issue; its pages are drawn later."""
    issue = Bekk()
    _describe(issue, details)
    _ISSUES.put(session, issue, arrived, store)
    audit(session, "bekk.issue.create", issue, after=_said(issue))
    return issue


def edit(
    session: Session,
    *,
    issue: Bekk,
    details: Details,
    version: int,
    arrived: Arrived | None,
    store: BekkFiles,
) -> bool:
    """Change an issue, and its PDF if another one came; whether anything changed.

    What is there of the former PDF stays until the new one can be read.

    Raises:
        NoSuchBekk: If it is gone meanwhile.
        StaleBekk: If somebody changed it meanwhile.
    """
    _ISSUES.lock(session, issue)
    if issue.version != version:
        raise StaleBekk
    before = _said(issue)
    _describe(issue, details)
    if arrived is not None:
        _ISSUES.put(session, issue, arrived, store)
    after = _said(issue)
    if arrived is None and after == before:
        return False
    issue.version += 1
    audit(session, "bekk.issue.change", issue, before=before, after=after)
    return True


def _describe(issue: Bekk, details: Details) -> None:
    issue.name, issue.name_key = details.name, search_key(details.name)[:_KEY_MAX]
    issue.promo, issue.date = details.promo, details.date


def _said(issue: Bekk) -> dict[str, object]:
    """What the audit keeps of an issue."""
    return {
        "name": issue.name,
        "promo": issue.promo,
        "date": issue.date.isoformat(),
        "file": issue.original_name,
        "pages": issue.page_count,
        "sha256": issue.sha256,
    }


def retry(session: Session, *, issue: Bekk) -> None:
    """Have the pages of an issue drawn again, since they could not be.

    Raises:
        BekkIsReady: If they could, or if that is being done.
        NoSuchBekk: If it is gone meanwhile.
    """
    _ISSUES.retry(session, issue)
    audit(session, "bekk.issue.retry", issue)


def delete(session: Session, *, issue: Bekk) -> None:
    """Delete an issue; its files go afterwards.

    Raises:
        NoSuchBekk: If it is gone already.
    """
    _ISSUES.lock(session, issue)
    audit(session, "bekk.issue.delete", issue, before=_said(issue))
    _ISSUES.delete(session, issue)


def progress(issue: Bekk, store: BekkFiles) -> Progress:
    """How many pages of an issue are drawn, of how many: ``(done, total)``."""
    return keeping.progress(issue, store)


# What the worker does


def render(session: Session, wanted: RenderBekk, store: BekkFiles, *, is_last: bool = True) -> None:
    """Draw the pages of an issue, then show them instead of the former ones.

    Raises:
        TooSlow: It took too long, and is to be tried again, unless this *is_last*.
        OSError: The disk does not let us: likewise.
    """
    revision = Revision(wanted.issue, wanted.revision)
    _ISSUES.render(session, revision, store, is_last=is_last)


def sweep(session: Session, wanted: SweepBekk, store: BekkFiles) -> None:
    """Remove the files that an issue no longer has, or all of them once it is gone.

    Raises:
        BekkFolderSuspicious: If the directory is not as it should be: it is tried again.
    """
    _ISSUES.sweep(session, wanted.issue, store)


def tidy(session: Session, *, store: BekkFiles) -> int:
    """Remove the files that belong to nothing for a day; return how many.

    Raises:
        BekkFolderSuspicious: If the directory is not as it should be, or if they are too many.
    """
    return _ISSUES.tidy(session, store) + keeping.tidy_unfinished(store)
