"""PDFs on pages: how they are sent, and the reader that shows their pages.

A module that has some brings what it keeps: the reader, ``components/reader.html``, shows a
``Book``; the field of a form, ``DocumentField``, holds what was streamed by ``document_upload``.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from flask_babel import LazyString, gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import Field, ValidationError
from wtforms.widgets import FileInput

from app.core.file_tokens import Token
from app.core.text import has_forbidden
from app.integrations.documents import LARGEST, names
from app.integrations.documents.refusals import TooLarge
from app.web import files
from app.web.uploads import ArrivingFile, Streamed

#: What a form has besides its file, at most, in bytes.
_REST = 1_000_000
#: How long the name of a file may be.
_LONGEST_NAME = 120
#: How much text a page holds with the pictures, in letters; more is asked for by a script.
_WORDY = 200_000
#: How wide what is shown at first is, to what can be looked at closely.
_SMALL, _LARGE = 480, 1600


def document_upload(folder: Callable[[], Path]) -> Streamed:
    """What a view that takes a PDF may be sent, written in a *folder* while it comes."""
    return Streamed(
        folder=folder, largest=LARGEST, total=LARGEST + _REST, too_large=lambda _name: TooLarge()
    )


class DocumentField(Field):
    """A PDF that is streamed to the disk; the first of them if there are several."""

    widget = FileInput()

    def __init__(self, label: LazyString | str, *, required: bool = True, **kwargs: Any) -> None:
        attributes = {"accept": ".pdf,application/pdf"} | kwargs.pop("render_kw", {})
        super().__init__(label, render_kw=attributes, **kwargs)
        self.required = required
        self.flags.required = required
        self._sent: ArrivingFile | None = None
        self.file_name = ""

    @property
    def sent(self) -> ArrivingFile:
        """What came, all of it on the disk, once the form is valid."""
        if self._sent is None:
            raise RuntimeError("the form is not valid, or the field is optional")
        self._sent.settle()
        return self._sent

    def _value(self) -> bool:
        return False  # browsers choose files themselves

    def process_data(self, value: object) -> None:  # noqa: ARG002  # no file is there before
        self.data = None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        given = valuelist[0] if valuelist else None
        if isinstance(given, FileStorage) and given.filename:
            stream: object = given.stream
            if isinstance(stream, ArrivingFile):
                self._sent, self.file_name = stream, cleaned_name(given.filename)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self._sent is None and self.required:
            raise ValidationError(_("Choisissez un fichier."))


def cleaned_name(given: str) -> str:
    """What a PDF is called by who sends it: one line, ``.pdf`` at its end."""
    last = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    name = "".join(c for c in last if not has_forbidden(c)).strip()
    path = PurePosixPath(name)
    stem = path.stem if path.suffix.lower() == ".pdf" else name
    return f"{stem.strip('. ')[: _LONGEST_NAME - 4].rstrip() or 'document'}.pdf"


# The reader


class _Page(Protocol):
    """A page that was drawn: a row of any table of pages."""

    revision: Any
    number: Any
    width: Any
    height: Any
    text: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPage:
    """A page, as the reader shows it."""

    number: int
    #: In pixels, of the large picture.
    width: int
    height: int
    text: str
    small: str
    large: str

    @property
    def small_width(self) -> int:
        """How wide the small picture is, in pixels."""
        return max(1, round(self.width * _SMALL / _LARGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A document that is read."""

    title: str
    pages: Sequence[BookPage]
    #: Where the PDF is, and what it is called once downloaded.
    pdf: str
    file_name: str
    #: Where one came from, in words too.
    back: str
    back_label: LazyString | str
    #: Where what its pages say is, all of it, for scripts.
    texts: str | None = None

    @property
    def is_wordy(self) -> bool:
        """Whether what its pages say is too long to come with them."""
        return self.texts is not None and sum(len(one.text) for one in self.pages) > _WORDY


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of a document, whose directory is signed once."""

    directory: str
    opened: Token

    @classmethod
    def open(cls, directory: str) -> "Shelf":
        """Sign a directory for the visitor.

        Raises:
            NoAddress: If nobody knows where they are.
        """
        return cls(directory, files.token(directory))

    def url(self, name: str) -> str:
        """The address of a file."""
        return files.file_url(self.directory, name, opened=self.opened)

    def cover(self, revision: int) -> str:
        """The address of a cover."""
        return self.url(names.cover(revision))

    def pages(self, rows: Iterable[_Page]) -> list[BookPage]:
        """Pages, as the reader shows them."""
        return [
            BookPage(
                number=row.number,
                width=row.width,
                height=row.height,
                text=row.text,
                small=self.url(names.small(row.revision, row.number)),
                large=self.url(names.page(row.revision, row.number)),
            )
            for row in rows
        ]
