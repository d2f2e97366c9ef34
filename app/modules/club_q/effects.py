"""What Club Q has the worker do."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RemoveImage:
    """Remove the picture of a show, or a map, that nothing shows any more."""

    kind: ClassVar = "club_q.remove_image"

    #: The number of the season that it was of, or ``salles``.
    place: str
    #: The name of its file.
    name: str


@dataclass(frozen=True, slots=True)
class RenderBrochure:
    """Draw the pages of a brochure, and take its text."""

    kind: ClassVar = "club_q.render_brochure"
    slow: ClassVar = True

    brochure: int
    #: One that was replaced meanwhile is not drawn.
    revision: int


@dataclass(frozen=True, slots=True)
class SweepBrochure:
    """Remove the files that a brochure no longer has, or all of them once it is gone."""

    kind: ClassVar = "club_q.sweep_brochure"
    coalesces: ClassVar = True

    brochure: int


@dataclass(frozen=True, slots=True)
class MailRecipient:
    """Mail someone what they were granted, once: a second try is another attempt."""

    kind: ClassVar = "club_q.mail_recipient"
    #: Hundreds of them never keep the rest of the site from being told.
    slow: ClassVar = True

    campaign: int
    recipient: int
    attempt: int

    @property
    def lane(self) -> str:
        """Nobody is at one while somebody is at it already."""
        return f"club_q.recipient:{self.recipient}"


@dataclass(frozen=True, slots=True)
class MailTest:
    """Mail someone of the team what a recipient is to read."""

    kind: ClassVar = "club_q.mail_test"

    recipient: int
    #: The number of whom it goes to.
    to: int
