"""The outbox: what leaves, what does not, and why."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from app import context
from app.core import clock
from app.core.pagination import Page
from app.core.transaction import transaction
from app.extensions import db
from app.integrations.mailer import Mail, written
from app.models import OutboxEntry
from app.modules.operations.forms.tasks import OutboxFilterForm
from app.modules.operations.queries import outbox as queries
from app.modules.operations.queries.outbox import Wanted
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.rules.outbox import (
    OutboxState,
    shown_values,
    state_of,
    without_secrets,
    without_tokens,
)
from app.modules.operations.service import outbox as service
from app.web.asked import asked_page
from app.web.module import all_effects

logger = logging.getLogger(__name__)

#: What kinds are made of.
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPage:
    """All that the list of the effects shows."""

    found: Page[OutboxEntry]
    counts: Mapping[str, Mapping[OutboxState, int]]
    wanted: Wanted
    form: OutboxFilterForm
    states: Sequence[OutboxState] = tuple(OutboxState)

    reason = staticmethod(without_secrets)

    def state(self, entry: OutboxEntry) -> OutboxState:
        return state_of(entry, now=clock.now())

    @property
    def is_filtered(self) -> bool:
        return self.wanted.kind is not None or self.wanted.state is not None

    @property
    def parked(self) -> Mapping[str, int]:
        """How many were given up, by kind, where some were."""
        counted = ((kind, of.get(OutboxState.parked, 0)) for kind, of in self.counts.items())
        return {kind: count for kind, count in counted if count}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail, as it is sent; its text is not told when it holds a secret."""

    to: str
    subject: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """All that the page of an effect shows."""

    entry: OutboxEntry
    state: OutboxState
    error: str
    #: The mail that it is, if it is one.
    letter: Letter | None
    values: Sequence[tuple[str, str]]
    is_confidential: bool

    @property
    def may_leave(self) -> bool:
        """Whether it may be tried again, or cancelled."""
        return self.state in (OutboxState.waiting, OutboxState.parked)


def _wanted() -> Wanted:
    """Read the address; what it does not say, or says wrong, takes its default."""
    args = request.args
    return Wanted(
        kind=_kind(args.get("kind", "")) or None,
        state=OutboxState.__members__.get(args.get("state", "")),
        number=asked_page(),
    )


def _kind(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""


@bp.get("/gris/outbox")
@context.gris_only
def outbox() -> ResponseReturnValue:
    """What leaves, by kind and by state."""
    session, wanted = db.session(), _wanted()
    counts = queries.counts(session)
    page = OutboxPage(
        found=queries.entries_page(session, wanted),
        counts=counts,
        wanted=wanted,
        form=OutboxFilterForm.of(sorted(counts), wanted.kind or "", wanted.state or ""),
    )
    return render_template("operations/outbox.html", page=page)


@bp.get("/gris/outbox/<int:key>")
@context.gris_only
def outbox_entry(key: int) -> ResponseReturnValue:
    """One effect: where it stands, what it is, why it does not leave."""
    entry = queries.entry(db.session(), key)
    effect, _handler = all_effects().get(entry.kind, (None, None))
    is_confidential = effect is None or bool(getattr(effect, "confidential", False))
    letter = _letter(effect, entry, is_confidential=is_confidential)
    page = EntryPage(
        entry=entry,
        state=state_of(entry, now=clock.now()),
        error=without_secrets(entry.last_error or ""),
        letter=letter,
        values=[] if is_confidential or letter else shown_values(entry.payload),
        is_confidential=is_confidential,
    )
    return render_template("operations/outbox_entry.html", page=page)


def _letter(effect: object, entry: OutboxEntry, *, is_confidential: bool) -> Letter | None:
    """The mail that an effect is; ``None`` if it is none, or if nothing of it is left."""
    if not (isinstance(effect, type) and issubclass(effect, Mail)) or not entry.payload:
        return None
    try:
        mail = effect(**entry.payload)
        message = written(mail, entry.id)
    except Exception:
        logger.exception("the mail %d cannot be shown", entry.id)
        return None
    body = None if is_confidential else message.get_body(("plain",))
    text = without_tokens(body.get_content()) if body is not None else None
    return Letter(to=mail.to, subject=str(message["Subject"]), text=text)


@bp.post("/gris/outbox/<int:key>/retry")
@context.gris_only
def retry_entry(key: int) -> ResponseReturnValue:
    """Try an effect again, now."""
    entry = queries.entry(db.session(), key)
    with transaction(db.session()) as session:
        service.retry(session, entry=entry)
    flash(_("L'envoi %(key)s est relancé.", key=key), "success")
    return redirect(url_for("operations.outbox_entry", key=key), 303)


@bp.post("/gris/outbox/<int:key>/cancel")
@context.gris_only
def cancel_entry(key: int) -> ResponseReturnValue:
    """Have an effect never done."""
    entry = queries.entry(db.session(), key)
    with transaction(db.session()) as session:
        service.cancel(session, entry=entry)
    flash(_("L'envoi %(key)s est annulé : il ne partira pas.", key=key), "success")
    return redirect(url_for("operations.outbox_entry", key=key), 303)


@bp.post("/gris/outbox/retry")
@context.gris_only
def retry_parked() -> ResponseReturnValue:
    """Try again all the effects of a kind that were given up."""
    kind = _kind(request.form.get("kind", ""))
    with transaction(db.session()) as session:
        count = service.retry_parked(session, kind=kind)
    flash(ngettext("%(num)s envoi repart.", "%(num)s envois repartent.", count), "success")
    return redirect(url_for("operations.outbox"), 303)
