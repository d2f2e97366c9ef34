"""Reading an issue: its pages, what they say, and its files."""

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import context
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bekk import around
from app.modules.bekk.queries import issues as queries
from app.modules.bekk.routes.blueprint import bp
from app.web import files
from app.web.documents import Book, Shelf

#: Before the number of an issue: where its files are.
FILES = "/bekks"


def _directory(key: int) -> str:
    """What a link to a file of an issue opens: the files of that one alone."""
    return f"{FILES}/{key}"


def shelf_of(key: int) -> Shelf:
    """The files of an issue, opened to the visitor.

    Raises:
        NoAddress: If nobody knows where they are.
    """
    return Shelf.open(_directory(key))


@bp.get("/bekk/reader/<int:key>")
@context.permission_only(T.read, S.bekk)
def reader(key: int) -> ResponseReturnValue:
    """Read an issue."""
    issue = queries.issue(db.session(), key)
    if not around.store().document(issue.id, issue.file).exists():
        abort(404)
    shelf = shelf_of(issue.id)
    book = Book(
        title=issue.name,
        pages=shelf.pages(queries.pages(db.session(), issue)),
        pdf=shelf.url(issue.file),
        file_name=issue.original_name,
        back=url_for("bekk.index", promo=issue.promo),
        back_label=_l("Le Bekk"),
        texts=url_for("bekk.texts", key=issue.id),
    )
    return render_template("bekk/reader.html", book=book, issue=issue)


@bp.get("/api/bekk/<int:key>/texts")
@context.permission_only(T.read, S.bekk)
def texts(key: int) -> ResponseReturnValue:
    """What the pages of an issue say, by their numbers, for the reader of a long one."""
    found = queries.pages(db.session(), queries.issue(db.session(), key))
    return {"texts": {page.number: page.text for page in found}}


# Its files


@bp.get(f"{FILES}/<int:key>/<file:name>")
@context.public
def door(key: int, name: str) -> ResponseReturnValue:
    """A file of an issue, to who has a link."""
    gate = url_for("bekk.file", key=key, name=name)
    return files.serve(_directory(key), around.store().document(key, name), gate=gate)


@bp.get("/bekk/files/<int:key>/<file:name>")
@context.permission_only(T.read, S.bekk)
def file(key: int, name: str) -> ResponseReturnValue:
    """Renew the link to a file of an issue."""
    return files.renew(_directory(queries.issue(db.session(), key).id), name)
