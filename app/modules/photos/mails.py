"""What is written to people about photos."""

from dataclasses import dataclass
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.enums import ReportStatus
from app.integrations.mailer import Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedOnPhotos(Mail):
    """Tell someone that others said that they are on photos of an album."""

    kind: ClassVar = "photos.tagged"
    template: ClassVar = "photos/mails/tagged.html"
    subject: ClassVar = _l("Vous êtes sur des photos")

    prenom: str
    album: str
    #: How many photos, since the last mail.
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReported(Mail):
    """Tell who is in charge of an album that someone wants one of its photos looked at."""

    kind: ClassVar = "photos.reported"
    template: ClassVar = "photos/mails/reported.html"
    subject: ClassVar = _l("Une photo est signalée")

    prenom: str
    album: str
    collection: str
    #: Whether it is someone who is on it, and wants it removed.
    from_who_is_on_it: bool
    #: Whether nobody sees it until someone decides.
    hid: bool
    #: Whether nobody is in charge of the album: a GRI has to give the right to someone.
    is_orphan: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReport(Mail):
    """Ask a visitor whether the address that they left is theirs: nothing is reported before."""

    kind: ClassVar = "photos.confirm_report"
    template: ClassVar = "photos/mails/confirm_report.html"
    subject: ClassVar = _l("Confirmez votre signalement")
    confidential: ClassVar = True

    album: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDecided(Mail):
    """Tell who reported a photo what was decided."""

    kind: ClassVar = "photos.decided"
    template: ClassVar = "photos/mails/decided.html"
    subject: ClassVar = _l("La photo que vous avez signalée")

    #: ``None`` for a visitor.
    prenom: str | None
    album: str
    #: ``hidden``, ``kept`` or ``deleted``.
    outcome: str
    answer: str | None

    @property
    def is_kept(self) -> bool:
        return self.outcome == ReportStatus.kept

    @property
    def is_deleted(self) -> bool:
        return self.outcome == ReportStatus.deleted


MAILS: tuple[type[Mail], ...] = (TaggedOnPhotos, PhotoReported, ConfirmReport, ReportDecided)
