"""Wanting a photo looked at, or gone; and deciding of it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import ReportKind, ReportStatus
from app.models import (
    Album,
    Limit,
    PCeen,
    Photo,
    PhotoReport,
    TriedTooOften,
    audit,
    defer,
    public_role,
)
from app.modules.photos.errors import (
    DecidedAlready,
    NoSuchReport,
    ReasonNeeded,
    StaleVersion,
    TooManyReports,
)
from app.modules.photos.mails import ConfirmReport, PhotoReported, ReportDecided
from app.modules.photos.queries import reports as queries
from app.modules.photos.service import counts, photos
from app.modules.photos.service.locking import lock_or

PER_HOUR = Limit("photos.report", 5, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports a photo: someone, or a visitor who left an address."""

    pceen: PCeen | None
    email: str | None
    #: In which language a visitor is answered.
    locale: str
    #: Where they are, as limits count it.
    place: str

    @property
    def key(self) -> str:
        """What their reports are counted by."""
        return f"pceen {self.pceen.id}" if self.pceen else self.place


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants of a photo."""

    kind: ReportKind
    reason: str | None


def report(session: Session, *, photo: Photo, draft: Draft, by: Reporter) -> PhotoReport:
    """Have who is in charge of an album look at one of its photos.

    Someone who is on it, and is known, is not seen any more until the decision.

    Raises:
        ReasonNeeded: If another reason is not said.
        TooManyReports: If they reported five photos in the last hour.
        NoSuchPhoto: If it was deleted meanwhile.
        StaleVersion: If it has just changed albums.
    """
    _lock(session, photo)  # people come after albums and photos, as their keys do in rows
    _check(session, draft, by)
    return keep(session, photo=photo, draft=draft, by=by)


def ask_visitor(session: Session, *, photo: Photo, draft: Draft, by: Reporter, secret: str) -> None:
    """Have a visitor confirm that the address which they left is theirs, by a link with *secret*.

    Raises:
        ReasonNeeded, TooManyReports: Likewise.
    """
    _check(session, draft, by)
    mail = ConfirmReport(to=by.email or "", locale=by.locale, album=photo.album.name, secret=secret)
    defer(session, mail)


def _check(session: Session, draft: Draft, by: Reporter) -> None:
    if draft.kind is ReportKind.other and not draft.reason:
        raise ReasonNeeded
    lock(session, by.pceen or public_role(session))
    _count(session, by)


def keep(session: Session, *, photo: Photo, draft: Draft, by: Reporter) -> PhotoReport:
    """Write a report down, and tell who is in charge; the same twice is one.

    Raises:
        NoSuchPhoto: If the photo was deleted meanwhile.
        StaleVersion: If it has just changed albums.
    """
    _lock(session, photo)
    found = queries.same_report(session, photo, draft.kind, by.pceen or by.email)
    if found is not None:
        return found
    made = PhotoReport(
        photo=photo,
        album=photo.album,
        photo_name=photo.original_name,
        reporter=by.pceen,
        email=None if by.pceen else by.email,
        locale=None if by.pceen else by.locale,
        kind=draft.kind,
        reason=draft.reason,
    )
    session.add(made)
    if draft.kind is ReportKind.me and by.pceen is not None and not photo.hidden:
        made.hid = True
        _show(session, photo, hidden=True)
    session.flush()
    audit(session, "photos.report.add", made, after={"photo": photo.id, "kind": draft.kind})
    _tell_in_charge(session, made)
    return made


def _lock(session: Session, photo: Photo) -> None:
    album = photo.album
    lock_or(session, album)
    lock_or(session, photo)
    if photo.album_id != album.id:  # it has just changed albums
        raise StaleVersion


def _count(session: Session, by: Reporter) -> None:
    try:
        PER_HOUR.check(session, by.key)
    except TriedTooOften as refusal:
        raise TooManyReports(**refusal.details) from None
    PER_HOUR.count(session, by.key)


def _show(session: Session, photo: Photo, *, hidden: bool) -> bool:
    """Hide a photo of an album that is locked, or show it; whether the album is hidden with it."""
    photos.show(session, photo, hidden=hidden)
    return counts.refresh(session, photo.album)


def _tell_in_charge(session: Session, made: PhotoReport) -> None:
    people = queries.in_charge_of(session, made.album)
    is_orphan = not people
    for one in people or queries.gris(session):
        mail = PhotoReported(
            to=one.email or "",
            locale=one.locale or "fr",
            prenom=one.prenom,
            album=made.album.name,
            collection=made.album.collection.name,
            from_who_is_on_it=made.kind is ReportKind.me,
            hid=made.hid,
            is_orphan=is_orphan,
            reason=made.reason,
        )
        defer(session, mail)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What someone decides of a report."""

    #: ``hidden``, ``kept`` or ``deleted``.
    status: ReportStatus
    answer: str | None


def decide(session: Session, *, report: PhotoReport, verdict: Verdict, by: PCeen) -> bool:
    """Decide of a report, and tell who made it; return whether the album is hidden with it.

    A photo that goes, or that is hidden, settles all the reports of it.

    Raises:
        DecidedAlready: If it was decided.
        NoSuchReport: If its album was deleted meanwhile.
        StaleVersion: If its photo has just changed albums.
    """
    album = report.album
    lock_or(session, album, NoSuchReport)
    lock_or(session, report, NoSuchReport)
    if report.album_id != album.id:  # its photo has just changed albums
        raise StaleVersion
    if report.status is not ReportStatus.open:
        raise DecidedAlready
    photo = report.photo
    if photo is None:  # it went otherwise
        _settle(session, report, Verdict(ReportStatus.deleted, verdict.answer), by)
        return False
    lock(session, photo)
    others = [one for one in queries.open_reports_of(session, photo) if one is not report]
    _settle(session, report, verdict, by)
    if verdict.status is ReportStatus.kept:
        return _keep(session, photo, report, others)
    for one in others:
        _settle(session, one, Verdict(verdict.status, None), by)
    if verdict.status is ReportStatus.hidden:
        return _show(session, photo, hidden=True) if not photo.hidden else False
    return photos.delete(session, album=photo.album, names=[photo.file_name]).album_hidden


def _keep(session: Session, photo: Photo, report: PhotoReport, others: list[PhotoReport]) -> bool:
    """Show again what the report itself had hidden, unless someone else on it waits as well."""
    if not report.hid:
        return False
    waiting = [one for one in others if one.kind is ReportKind.me and one.reporter_id is not None]
    if waiting:
        waiting[0].hid = True
        return False
    return _show(session, photo, hidden=False)


def _settle(session: Session, report: PhotoReport, verdict: Verdict, by: PCeen) -> None:
    """Write down what is decided, and tell who asked."""
    report.status, report.answer = verdict.status, verdict.answer
    report.handler, report.handled_at = by, clock.now()
    after = {"status": verdict.status, "photo": report.photo_name, "answer": verdict.answer}
    audit(session, "photos.report.decide", report, after=after)
    _tell_reporter(session, report, report.album)


def _tell_reporter(session: Session, report: PhotoReport, album: Album) -> None:
    who = report.reporter
    to = who.email if who is not None else report.email
    if to is None or (who is not None and who.is_disabled):
        return
    mail = ReportDecided(
        to=to,
        locale=(who.locale if who is not None else report.locale) or "fr",
        prenom=who.prenom if who is not None else None,
        album=album.name,
        outcome=report.status,
        answer=report.answer,
    )
    defer(session, mail)
