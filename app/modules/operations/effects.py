"""What the running of the site has done by the worker."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJob:
    """Run a job that a GRI asked for, once."""

    kind: ClassVar = "operations.run_job"

    job: str
    #: When it was asked: its time, as a schedule would have given it.
    asked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryMail:
    """Send an example of a mail to who asked to see it."""

    kind: ClassVar = "operations.try_mail"

    mail: str
    to: str
    locale: str

    @property
    def lane(self) -> str:
        """After the other mails to the same person."""
        return f"mail:{self.to}"[:128]
