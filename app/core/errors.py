"""The errors a person can be told about."""

from typing import Any, ClassVar

from flask_babel import LazyString


class DomainError(Exception):
    """A rule of the domain refused what was asked.

    Each module derives its own family. A subclass sets ``sentence``, what the
    person reads, in which ``%(name)s`` stands for a keyword given when it is
    raised; and ``field``, when one field of a form is what is wrong.
    """

    status = 422
    sentence: LazyString | str
    #: The field of the form next to which the sentence goes.
    field: ClassVar[str | None] = None
    #: What programs know it by, if they are to tell it from others.
    code: ClassVar[str | None] = None

    def __init__(self, **details: Any) -> None:
        super().__init__(type(self).__name__, details)
        self.details = details

    @property
    def message(self) -> str:
        """The sentence, in the language of the person asking."""
        return str(self.sentence) % self.details

    @property
    def detail(self) -> Any:
        """What programs are told besides the sentence, if anything."""
        return self.code


class NotFound(DomainError):
    """What was asked for does not exist, or may not be known to exist."""

    status = 404


class Conflict(DomainError):
    """What was asked no longer makes sense: the world has changed."""

    status = 409


class TooMany(DomainError):
    """It was tried too often; ``seconds`` says how long to wait."""

    status = 429
