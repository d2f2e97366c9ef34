"""The introductions of the modules: shown, changed, and brought back (community 1.9).

A module that has one shows it with ``components/module_text.html``, and changes it with a view:

    @bp.route("/bekk/edit_text", methods=["GET", "POST"])
    @context.permission_only(PermissionType.write, PermissionScope.bekk)
    def edit_text():
        return module_texts.edit(BEKK)

where ``BEKK = Introduced("bekk", _l("le Bekk"), "bekk.index", "bekk.edit_text")``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.context import current
from app.core import clock
from app.core.errors import Conflict
from app.core.transaction import lock, transaction
from app.extensions import db
from app.models import PCeen, audit
from app.models.texts import TEXT_MAX, ModuleText, ModuleTextVersion
from app.web.asked import asked_number
from app.web.forms import EditForm, MarkdownField

#: How many former versions a page offers.
_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Introduced:
    """A module that has an introduction."""

    #: ``club_q``, ``bekk``, ``panier_bio`` or ``theatre``.
    slug: str
    #: What it is called, on the page that changes its text.
    name: LazyString | str
    #: The page that shows the text, and the one that changes it.
    shown_at: str
    changed_at: str


class StaleModuleText(Conflict):
    """Somebody changed an introduction meanwhile."""

    sentence = _l(
        "Ce texte a changé pendant que vous l'écriviez. Le vôtre est toujours là, avec ce"
        " qui est en ligne maintenant."
    )


class ModuleTextForm(EditForm):
    """The introduction of a module."""

    content = MarkdownField(_l("Texte"), maximum=TEXT_MAX, required=False, id="text")


@dataclass(frozen=True, slots=True)
class Former:
    """What an introduction was, and who wrote it."""

    kept: ModuleTextVersion
    author: PCeen | None


def text_of(session: Session, slug: str) -> ModuleText:
    """The introduction of a module; empty before anybody writes it."""
    found = session.get(ModuleText, slug)
    return found or ModuleText(slug=slug, content="", version=0)


def former(session: Session, slug: str) -> Sequence[Former]:
    """What an introduction was, the latest first."""
    stmt = (
        sa.select(ModuleTextVersion, PCeen)
        .outerjoin(PCeen, PCeen.id == ModuleTextVersion.by_id)
        .where(ModuleTextVersion.slug == slug)
        .order_by(ModuleTextVersion.version.desc())
        .limit(_OFFERED)
    )
    return [Former(kept, author) for kept, author in session.execute(stmt)]


def write(session: Session, slug: str, content: str, *, version: int, by: PCeen) -> bool:
    """Replace an introduction, and keep what it was; whether anything changed.

    Raises:
        StaleModuleText: If somebody else has, since *version*.
    """
    row = _locked(session, slug)
    if row.version != version:
        raise StaleModuleText
    if row.content == content:
        return False
    if version:
        session.add(
            ModuleTextVersion(
                slug=slug,
                version=row.version,
                content=row.content,
                at=row.updated_at,
                by_id=row.updated_by_id,
            )
        )
    row.content, row.version = content, version + 1
    row.updated_at, row.updated_by_id = clock.now(), by.id
    audit(
        session,
        "module_text.change",
        before={"slug": slug, "version": version},
        after={"slug": slug, "version": row.version},
    )
    return True


def _locked(session: Session, slug: str) -> ModuleText:
    """The row of an introduction, kept from others until the commit.

    Raises:
        StaleModuleText: If somebody writes the first one at the same time.
    """
    found = session.get(ModuleText, slug)
    if found is not None:
        lock(session, found)
        return found
    made = ModuleText(slug=slug, content="", version=0)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise StaleModuleText from None
    return made


# Pages


def shown(slug: str) -> ModuleText:
    """The introduction of a module, read once a request."""
    kept: dict[str, ModuleText] = g.setdefault("module_texts", {})
    if slug not in kept:
        kept[slug] = text_of(db.session(), slug)
    return kept[slug]


def edit(about: Introduced) -> ResponseReturnValue:
    """Change an introduction; ``?restore=3`` begins with what it was in its third version."""
    row = text_of(db.session(), about.slug)
    form = ModuleTextForm(content=row.content, version=row.version)
    if form.validate_on_submit():
        with form.refusals():
            _tell(_write(about, form))
            return redirect(url_for(about.shown_at), 303)
    chosen = None if form.is_submitted() else _asked(about.slug)
    if chosen is not None:
        form.content.data = chosen.content
    now = text_of(db.session(), about.slug)
    is_stale = form.status == StaleModuleText.status
    if is_stale:  # what is sent next replaces what is shown now
        form.version.data = str(now.version)
    return form.page(
        "module_text.html",
        about=about,
        now=now if is_stale else None,
        chosen=chosen,
        former=former(db.session(), about.slug),
    )


def _write(about: Introduced, form: ModuleTextForm) -> bool:
    content, version = form.content.text, form.seen_version
    with transaction(db.session()) as session:
        return write(session, about.slug, content, version=version, by=current.me)


def _tell(is_changed: bool) -> None:  # noqa: FBT001  # what it tells
    if is_changed:
        flash(_("Le texte est en ligne."), "success")
    else:
        flash(_("Rien n'a changé."), "info")


def _asked(slug: str) -> ModuleTextVersion | None:
    """The former version that the address asks for."""
    number = asked_number("restore")
    return None if number is None else db.session().get(ModuleTextVersion, (slug, number))


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    app.jinja_env.globals["module_text"] = shown
