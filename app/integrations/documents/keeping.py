"""The life of a document: it comes, the worker draws it, another replaces it, its files follow.

A module that keeps documents says in a ``Keeping`` what is its own. Each change of a document is
made under its lock. A file gets its place within the transaction that says so: killed before the
commit, it belongs to nothing, and the janitor removes it.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa
from flask_babel import LazyString
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core import clock
from app.core.errors import Conflict, DomainError, NotFound
from app.core.files import sync
from app.core.transaction import lock, transaction
from app.enums import DocumentState
from app.integrations import documents
from app.integrations.documents import Cleaned, DocumentRefused, Page, Place, TooSlow, names
from app.integrations.documents.refusals import MISSING, reason, told
from app.integrations.folders import DocumentFolder
from app.integrations.photo_store import StoredFile, Trouble, publish
from app.models import Effect, defer
from app.models.documents import DocumentColumns

logger = logging.getLogger(__name__)

#: How long the former pages stay for who is reading them.
_STAYS = timedelta(hours=1)
#: How old a file without a row has to be, in seconds: what is being done ends before.
_AGE = 24 * 3600
#: So many of them, and that part of all: it is the database that is not the right one.
_MANY, _PART = 1500, 0.5

D = TypeVar("D", bound=DocumentColumns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A PDF that came and was cleaned, where files are made."""

    path: Path
    #: What it is called by who sent it, cleaned.
    name: str
    cleaned: Cleaned


class Revision(NamedTuple):
    """A revision of a document, by its number."""

    key: int
    revision: int


class Progress(NamedTuple):
    """How many pages are drawn, and how many there are."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What a module says when something is not done."""

    gone: type[NotFound]
    #: There is nothing to draw again.
    ready: type[Conflict]
    #: The directory is not as it should be: ``why``, one of the *troubles*.
    suspicious: type[DomainError]
    #: Too many files belong to nothing: ``count``.
    too_many: type[DomainError]
    troubles: Mapping[Trouble, LazyString]


def _nothing_more(_page: Page) -> dict[str, Any]:
    return {}


def _tell_nobody(_session: Session, _document: Any) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping(Generic[D]):
    """How the documents of a module are kept."""

    document: type[D]
    #: The class of their pages, and its column that holds the number of the document.
    page: type[Any]
    owner: InstrumentedAttribute[int]
    #: The effects that have a revision of a document drawn, and its files swept.
    render_effect: Callable[[int, int], Effect]
    sweep_effect: Callable[[int], Effect]
    refusals: Refusals
    #: What the row of a page has besides what every page has.
    more: Callable[[Page], dict[str, Any]] = _nothing_more
    #: What follows when the pages of a document are shown for the first time, as they are.
    announce: Callable[[Session, D], None] = _tell_nobody

    def lock(self, session: Session, document: D) -> None:
        """Read a document afresh, and keep it from others until the commit.

        Raises:
            NotFound: If it is gone meanwhile.
        """
        try:
            lock(session, document)
        except InvalidRequestError:
            raise self.refusals.gone from None

    def put(self, session: Session, document: D, arrived: Arrived, store: DocumentFolder) -> None:
        """Give a document, which is new or locked, the PDF that came; it is drawn later.

        What is there of the former one stays until the new one can be read.
        """
        is_new = sa.inspect(document, raiseerr=True).transient
        document.revision = 1 if is_new else document.revision + 1
        document.original_name, document.file = arrived.name, names.new_pdf()
        document.size, document.sha256 = arrived.cleaned.size, arrived.cleaned.sha256
        document.page_count = arrived.cleaned.pages
        document.state, document.error = DocumentState.processing, None
        session.add(document)
        session.flush()
        publish(arrived.path, store.document(document.id, document.file))
        self._draw_later(session, document)

    def retry(self, session: Session, document: D) -> None:
        """Have the pages of a document drawn again, since they could not be.

        Raises:
            Conflict: If they could, or if that is being done.
            NotFound: If it is gone meanwhile.
        """
        self.lock(session, document)
        if document.state is not DocumentState.failed:
            raise self.refusals.ready
        document.state, document.error = DocumentState.processing, None
        self._draw_later(session, document)

    def _draw_later(self, session: Session, document: D) -> None:
        defer(session, self.render_effect(document.id, document.revision))

    def delete(self, session: Session, document: D) -> None:
        """Delete a document, which is locked; its files go afterwards."""
        defer(session, self.sweep_effect(document.id))
        session.delete(document)

    # What the worker does

    def render(
        self,
        session: Session,
        wanted: Revision,
        store: DocumentFolder,
        *,
        is_last: bool = True,
    ) -> None:
        """Draw the pages of a document, then show them instead of the former ones.

        One that cannot be drawn is left as failed; one that took too long is tried again, unless
        this *is_last*.

        Raises:
            TooSlow: It took too long, and is to be tried again.
            OSError: The disk does not let us: likewise.
        """
        document = session.get(self.document, wanted.key)
        if document is None or not _is_to_draw(document, wanted):
            return
        source, pages = store.document(document.id, document.file), document.page_count
        session.rollback()
        place = Place(folder=source.parent, workshop=store.incoming, revision=wanted.revision)
        try:
            drawn = documents.draw(source, place, pages=pages)
        except DocumentRefused as refusal:
            if isinstance(refusal, TooSlow) and not is_last:
                raise
            logger.warning("%s %d cannot be drawn: %r", self._kind, wanted.key, refusal)
            self._give_up(session, wanted, why=reason(refusal))
        except OSError:
            if source.exists() or store.trouble() is not None:
                raise
            self._give_up(session, wanted, why=MISSING)
        else:
            self._show(session, wanted, [self._row(wanted, page) for page in drawn])

    @property
    def _kind(self) -> str:
        return self.document.__name__

    def _row(self, wanted: Revision, page: Page) -> Any:
        """The row of a page that was drawn."""
        return self.page(
            **{self.owner.key: wanted.key},
            revision=wanted.revision,
            number=page.number,
            width=page.width,
            height=page.height,
            text=page.text,
            **self.more(page),
        )

    def _locked(self, session: Session, wanted: Revision) -> D | None:
        """The document, locked; ``None`` if it is gone, or replaced, or drawn already."""
        document = session.get(self.document, wanted.key)
        if document is None:
            return None
        try:
            lock(session, document)
        except InvalidRequestError:
            return None
        return document if _is_to_draw(document, wanted) else None

    def _show(self, session: Session, wanted: Revision, rows: list[Any]) -> None:
        with transaction(session):
            document = self._locked(session, wanted)
            if document is None:
                defer(session, self.sweep_effect(wanted.key))  # nobody wants what was drawn
                return
            session.execute(sa.delete(self.page).where(self.owner == wanted.key))
            session.add_all(rows)
            is_first = document.shown_revision is None
            document.state, document.error = DocumentState.ready, None
            document.shown_revision = wanted.revision
            if wanted.revision > 1:
                due_at = clock.now() + _STAYS
                defer(session, self.sweep_effect(wanted.key), due_at=due_at)
            if is_first:
                self.announce(session, document)

    def _give_up(self, session: Session, wanted: Revision, *, why: str) -> None:
        with transaction(session):
            document = self._locked(session, wanted)
            if document is not None:
                document.state, document.error = DocumentState.failed, why

    def sweep(self, session: Session, key: int, store: DocumentFolder) -> None:
        """Remove the files that a document no longer has, or all of them once it is gone.

        Raises:
            DomainError: If the directory is not as it should be: it is tried again.
        """
        if (trouble := store.trouble()) is not None:
            if trouble is Trouble.empty:
                return  # they are not there
            raise self._suspicious(trouble)
        with transaction(session):  # under its lock: nothing comes meanwhile
            document = session.get(self.document, key)
            if document is not None:
                lock(session, document)
            for file in store.document_files(key):
                if not _is_of(file, document):
                    file.path.unlink(missing_ok=True)
            if document is None:
                store.drop_document(key)

    def tidy(self, session: Session, store: DocumentFolder) -> int:
        """Remove the files of documents that belong to nothing for a day; return how many.

        Raises:
            DomainError: If the directory is not as it should be, or if they are too many.
        """
        self._check_usable(session, store)
        before = clock.now().timestamp() - _AGE
        listed = [file for file in store.files() if _is_ours(file, store)]
        # after the files: what comes meanwhile is among them
        rows = {str(one.id): one for one in session.scalars(sa.select(self.document))}
        read = _just_replaced(listed, rows)
        orphans = [
            file
            for file in listed
            if file.changed_at < before
            and not _is_of(file, rows.get(file.path.parent.name))
            and file.path.parent.name not in read
        ]
        if len(orphans) > max(_MANY, len(listed) * _PART):
            raise self.refusals.too_many(count=len(orphans))
        for file in orphans:
            _remove(file, store)
        return len(orphans)

    def _check_usable(self, session: Session, store: DocumentFolder) -> None:
        """Refuse to go by what is missing from a directory that is not as it should be."""
        trouble = store.trouble()
        is_any = sa.select(sa.literal(1)).select_from(self.document).limit(1)
        if trouble is Trouble.empty and session.scalar(is_any) is None:
            return
        if trouble is not None:
            raise self._suspicious(trouble)

    def _suspicious(self, trouble: Trouble) -> DomainError:
        return self.refusals.suspicious(why=self.refusals.troubles[trouble])


def look(session: Session, *, sent: Path, made: Path, name: str) -> Arrived:
    """Check a PDF that came, and clean it; it takes a while: no transaction runs meanwhile.

    Raises:
        DocumentError: If it may not be taken, or if others are being looked at.
    """
    session.rollback()
    with told():
        cleaned = documents.clean(sent, made)
    sync(made)  # later, rows would be locked meanwhile
    return Arrived(path=made, name=name, cleaned=cleaned)


def progress(document: DocumentColumns, store: DocumentFolder) -> Progress:
    """How many pages of a document are drawn: those whose pictures are there."""
    made = {file.path.name for file in store.document_files(document.id)}
    numbers = range(1, document.page_count + 1)
    done = sum(names.page(document.revision, number) in made for number in numbers)
    return Progress(done, document.page_count)


def tidy_unfinished(store: DocumentFolder) -> int:
    """Remove what was left half made a day ago; return how many files."""
    before = clock.now().timestamp() - _AGE
    left = [file for file in store.unfinished() if file.changed_at < before]
    for file in left:
        _remove(file, store)
    return len(left)


def _remove(file: StoredFile, store: DocumentFolder) -> None:
    logger.info("%s is nothing's: removed", file.path.relative_to(store.base))
    file.path.unlink(missing_ok=True)


def _is_to_draw(document: DocumentColumns, wanted: Revision) -> bool:
    is_current = document.revision == wanted.revision
    return is_current and document.state is DocumentState.processing


def _is_of(file: StoredFile, document: DocumentColumns | None) -> bool:
    """Whether a document has a file, or had it before what is not drawn yet."""
    if document is None:
        return False
    if names.is_pdf(file.path.name):
        return document.file == file.path.name or document.state is not DocumentState.ready
    revision = names.revision_of(file.path.name)
    return revision in (document.revision, document.shown_revision)


def _just_replaced(listed: list[StoredFile], rows: Mapping[str, DocumentColumns]) -> set[str]:
    """The directories of the documents whose pages are new: somebody reads the former ones."""
    since = clock.now().timestamp() - _STAYS.total_seconds()
    return {
        file.path.parent.name
        for file in listed
        if file.changed_at > since
        and (document := rows.get(file.path.parent.name)) is not None
        and names.revision_of(file.path.name) == document.shown_revision
    }


def _is_ours(file: StoredFile, store: DocumentFolder) -> bool:
    """Whether the site made a file, for a document."""
    name = file.path.name
    is_made = names.is_pdf(name) or names.revision_of(name) is not None
    return is_made and file.path.parent.parent == store.documents
