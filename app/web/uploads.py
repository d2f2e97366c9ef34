"""Large files that are sent: written to the disk while they come, counted, and digested.

A view that takes some says so::

    @uploads.streamed(Streamed(folder=…, largest=100_000_000, total=…, too_large=TooLarge))

and finds an ``ArrivingFile`` in each ``request.files[…].stream``. What the view does not ``keep()``
is removed at the end of the request, however it ends.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from flask import Flask, Request, current_app, request

from app.context import current
from app.core.errors import DomainError

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What a view takes."""

    #: Where files are written while they come.
    folder: Callable[[], Path]
    #: How many bytes one may have, and all that is sent with it.
    largest: int
    total: int
    #: What is said of more, given what a file is called; or nothing, of all that is sent.
    too_large: Callable[[str], DomainError]


_streamed: WeakKeyDictionary[Callable[..., Any], Streamed] = WeakKeyDictionary()


def streamed(how: Streamed) -> Callable[[V], V]:
    """Have the files that are sent to a view written to the disk while they come."""

    def mark(view: V) -> V:
        _streamed[view] = how
        return view

    return mark


class ArrivingFile:
    """A file of a form, which is written while it comes."""

    def __init__(self, how: Streamed, name: str) -> None:
        how.folder().mkdir(parents=True, exist_ok=True)
        self.path = how.folder() / secrets.token_hex(8)
        self.size = 0
        self._how, self._name = how, name
        self._digest = hashlib.sha256()
        self._file = self.path.open("xb")
        self._is_kept = False

    @property
    def sha256(self) -> str:
        """The digest of what came."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Write what comes.

        Raises:
            DomainError: If it is too much.
        """
        self.size += len(data)
        if self.size > self._how.largest:
            raise self._how.too_large(self._name)
        self._digest.update(data)
        return self._file.write(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Know that all of it came: a form of a thousand files keeps none of them open."""
        self.settle()
        return offset if whence == os.SEEK_SET else self.size

    def settle(self) -> None:
        """Hand all of it to the system: others may read the file."""
        self._file.close()

    def keep(self) -> None:
        """Leave the file where it is once the request is over."""
        self._is_kept = True

    def close(self) -> None:
        """Remove the file, unless it is to be kept."""
        self._file.close()
        if not self._is_kept:
            self.path.unlink(missing_ok=True)


class StreamingRequest(Request):
    """A request whose view may take large files."""

    streamed: Streamed | None = None
    #: What came of each file, the form being read or not.
    arriving: tuple[ArrivingFile, ...] = ()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.streamed is None:
            return super()._get_file_stream(
                total_content_length, content_type, filename, content_length
            )
        file = ArrivingFile(self.streamed, filename or "")
        self.arriving = (*self.arriving, file)
        return cast(IO[bytes], file)


def _prepare() -> None:
    """Before anything reads the form: have it streamed, for who is known at least."""
    if request.endpoint is None or current.pceen is None:
        return
    how = _streamed.get(current_app.view_functions[request.endpoint])
    if how is None or request.method not in ("POST", "PATCH"):
        return
    if (request.content_length or 0) > how.total:
        raise how.too_large("")
    here = cast(StreamingRequest, request)
    here.streamed, here.max_content_length = how, how.total


def _discard(_error: BaseException | None) -> None:
    """Leave nothing of what the view did not keep."""
    for file in cast(StreamingRequest, request).arriving:
        with suppress(OSError):
            file.close()


def init_app(app: Flask) -> None:
    """Install this on *app*, before anything reads a form."""
    app.request_class = StreamingRequest
    app.before_request(_prepare)
    app.teardown_request(_discard)
