"""What the tables know of people: what an archive says of it, what a merge and an erasure do of it.

Every table and every reference to an account has its place here: a test fails for one that is
forgotten. A module that has more to do than its tables tell says so with a ``Keeper``.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.models.audit import AuditEvent
from app.models.base import Base
from app.models.contact import ContactMessage, GriCard
from app.models.factors import RecoveryCode, SecondFactor
from app.models.gris import Role, pceen_role
from app.models.intrarez import (
    Allocation,
    Ban,
    BanAddress,
    Device,
    NetworkHistory,
    Rental,
    RoomClaim,
)
from app.models.lives import DataExport, MergedAccount, numbers_of
from app.models.outbox import OutboxEntry
from app.models.payments import BankLine, JournalEntry, Payment, PaymentEvent
from app.models.people import LoginSession, OneTimeToken, PCeen
from app.models.photos import (
    Album,
    Collection,
    Photo,
    PhotoPerson,
    PhotoReport,
    PhotoTag,
    PhotoUpload,
)
from app.models.subscriptions import Subscription
from app.models.tasks import TaskRun

Condition: TypeAlias = sa.ColumnElement[bool]


class Merge(enum.Enum):
    """What becomes of a reference to an account that is absorbed by another."""

    #: It is to the account that is kept.
    move = enum.auto()
    #: Likewise, unless the account that is kept has one already: its own wins.
    fill = enum.auto()
    #: The account that is kept has those of both.
    union = enum.auto()
    #: It is to nobody.
    clear = enum.auto()
    #: Its row goes.
    delete = enum.auto()


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a table says who someone was after they are erased, and for how long."""

    why: str
    lasts: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What is done of a table that tells of people."""

    #: What its rows are, to people.
    label: LazyString | str
    #: Which of its rows are about someone.
    about: Callable[[PCeen], Condition]
    #: Its personal columns: those that an archive shows.
    personal: tuple[str, ...]
    #: Those that it leaves out: numbers of rows and of other people, secrets, what the site needs.
    inner: tuple[str, ...] = ()
    #: What an archive shows otherwise than as it is stored.
    shows: Callable[[PCeen], Mapping[str, sa.ColumnElement[Any]]] = lambda _: {}
    #: Each reference to an account, and what a merge does of it.
    refers: Mapping[str, Merge] = field(default_factory=dict)
    #: Whether their rows go once they are erased.
    is_deleted: bool = False
    #: Else what these columns become.
    emptied: Mapping[str, Any] = field(default_factory=dict)
    #: Why it still says who they were, if it does.
    hold: Hold | None = None


YEAR = timedelta(days=365)
_ACCOUNTS = timedelta(days=3653)

#: The tables that tell of people, in the order of the files of an archive.
CARE: Mapping[str, Care] = {
    "pceen": Care(
        label=_l("Compte"),
        about=lambda who: PCeen.id == who.id,
        personal=(
            *("id", "username", "prenom", "nom", "promo", "email", "email_confirmed_at"),
            *("locale", "activated", "disabled_at", "disabled_reason", "espci_email"),
            *("sso_issuer", "sso_subject", "espci_sso_enabled", "sub_state", "created_at"),
            *("erasure_requested_at", "erased_at"),
        ),
        inner=("prenom_key", "nom_key", "password_hash", "disabled_by_id", "version"),
        refers={"disabled_by_id": Merge.move},
        emptied={
            **dict.fromkeys(("prenom_key", "nom_key"), ""),
            **dict.fromkeys(("promo", "email", "email_confirmed_at", "locale")),
            **dict.fromkeys(("password_hash", "disabled_by_id", "disabled_reason")),
            **dict.fromkeys(("espci_email", "sso_issuer", "sso_subject", "sub_state")),
            "espci_sso_enabled": False,
            "activated": False,
        },
    ),
    "pceen_role": Care(
        label=_l("Rôles"),
        about=lambda who: pceen_role.c.pceen_id == who.id,
        personal=("role_id",),
        inner=("pceen_id",),
        shows=lambda _: {
            "role_id": sa.select(Role.name).where(Role.id == pceen_role.c.role_id).scalar_subquery()
        },
        refers={"pceen_id": Merge.union},
        is_deleted=True,
    ),
    "login_session": Care(
        label=_l("Connexions"),
        about=lambda who: LoginSession.pceen_id == who.id,
        personal=(
            *("method", "remembered", "started_at", "seen_at", "proved_at", "second_at"),
            *("address", "user_agent"),
        ),
        inner=("id", "token_hash", "pceen_id", "doas_id", "doas_reason", "doas_since"),
        refers={"pceen_id": Merge.delete, "doas_id": Merge.clear},
        is_deleted=True,
    ),
    "one_time_token": Care(
        label=_l("Liens et codes à usage unique"),
        about=lambda who: OneTimeToken.pceen_id == who.id,
        personal=("purpose", "created_at", "expires_at", "used_at", "failures"),
        inner=("id", "pceen_id", "secret_hash", "data"),
        refers={"pceen_id": Merge.delete},
        is_deleted=True,
    ),
    "second_factor": Care(
        label=_l("Seconds facteurs"),
        about=lambda who: SecondFactor.pceen_id == who.id,
        personal=("kind", "name", "created_at", "confirmed_at", "last_used_at"),
        inner=(
            *("id", "pceen_id", "secret", "last_step", "credential_id", "credential_hash"),
            *("public_key", "sign_count"),
        ),
        refers={"pceen_id": Merge.delete},
        is_deleted=True,
    ),
    "recovery_code": Care(
        label=_l("Codes de secours"),
        about=lambda who: RecoveryCode.pceen_id == who.id,
        personal=("created_at", "used_at"),
        inner=("id", "pceen_id", "code_hash"),
        refers={"pceen_id": Merge.delete},
        is_deleted=True,
    ),
    "merged_account": Care(
        label=_l("Comptes réunis"),
        about=lambda who: MergedAccount.kept_id == who.id,
        personal=("absorbed_id", "merged_at", "copy"),
        inner=("id", "kept_id", "merged_by_id"),
        refers={"kept_id": Merge.move, "merged_by_id": Merge.move},
        emptied={"copy": None},
    ),
    "data_export": Care(
        label=_l("Archives demandées"),
        about=lambda who: DataExport.pceen_id == who.id,
        personal=(*("reason", "requested_at", "built_at", "failed_at", "size", "expires_at"),),
        inner=("id", "pceen_id", "requested_by_id", "file", "secret_hash"),
        refers={"pceen_id": Merge.delete, "requested_by_id": Merge.move},
        is_deleted=True,
    ),
    "gri_card": Care(
        label=_l("Carte de GRI"),
        about=lambda who: GriCard.pceen_id == who.id,
        personal=("title_fr", "title_en", "discord", "messenger", "show_room", "order_index"),
        inner=("id", "pceen_id", "version"),
        refers={"pceen_id": Merge.fill},
        is_deleted=True,
    ),
    "contact_message": Care(
        label=_l("Messages aux GRI"),
        about=lambda who: ContactMessage.pceen_id == who.id,
        personal=("at", "name", "email", "title", "message", "handled_at"),
        inner=("id", "pceen_id", "handled_by_id"),
        refers={"pceen_id": Merge.move, "handled_by_id": Merge.move},
        is_deleted=True,
    ),
    "rental": Care(
        label=_l("Chambres"),
        about=lambda who: Rental.pceen_id == who.id,
        personal=("room_num", "starts_on", "ends_on", "created_at", "closed_at", "close_kind"),
        inner=("id", "pceen_id", "open_room", "open_pceen", "replaces_id", "version"),
        refers={"pceen_id": Merge.move},
    ),
    "room_claim": Care(
        label=_l("Demandes de chambre"),
        about=lambda who: RoomClaim.pceen_id == who.id,
        personal=(
            *("kind", "room_num", "starts_on", "ends_on", "message", "status"),
            *("created_at", "decided_at", "note"),
        ),
        inner=("id", "pceen_id", "rental_id", "decided_by_id", "open_key"),
        refers={"pceen_id": Merge.move, "decided_by_id": Merge.move},
        emptied={"message": "", "note": ""},
    ),
    "device": Care(
        label=_l("Appareils"),
        about=lambda who: Device.pceen_id == who.id,
        personal=("mac_address", "name", "type", "registered_at", "last_seen_at"),
        inner=("id", "pceen_id", "version"),
        refers={"pceen_id": Merge.move},
        is_deleted=True,
    ),
    "allocation": Care(
        label=_l("Adresses des appareils"),
        about=lambda who: Allocation.device_id.in_(_devices(who)),
        personal=("mac_address", "room_num", "ip", "created_at", "ended_at"),
        inner=("id", "device_id", "rank"),
        is_deleted=True,
    ),
    "ban_address": Care(
        label=_l("Adresses des appareils suspendus"),
        about=lambda who: BanAddress.device_id.in_(_devices(who)),
        personal=("slot", "created_at", "ended_at"),
        inner=("device_id",),
        is_deleted=True,
    ),
    "network_history": Care(
        label=_l("Adresses du passé"),
        about=lambda who: NetworkHistory.pceen_id == who.id,
        personal=("mac_address", "ip", "room_num", "kind", "started_at", "ended_at"),
        inner=("id", "pceen_id"),
        refers={"pceen_id": Merge.move},
        hold=Hold("who had which address: connection records, as the law asks", YEAR),
    ),
    "ban": Care(
        label=_l("Suspensions"),
        about=lambda who: Ban.pceen_id == who.id,
        personal=(
            *("kind", "created_at", "starts_at", "ends_at", "ended_at", "reason", "message"),
        ),
        inner=("id", "pceen_id", "created_by_id", "ended_by_id", "open_key", "version"),
        refers={
            "pceen_id": Merge.move,
            "created_by_id": Merge.move,
            "ended_by_id": Merge.move,
        },
        emptied={"reason": "", "message": ""},
    ),
    "subscription": Care(
        label=_l("Abonnements"),
        about=lambda who: Subscription.pceen_id == who.id,
        personal=(
            *("offer_slug", "payment_id", "start", "end", "created_at", "reminded_at"),
            *("revoked_at", "welcome_mac", "is_doubtful"),
        ),
        inner=("id", "pceen_id", "welcome_of", "effective_start"),
        refers={"pceen_id": Merge.move, "welcome_of": Merge.move},
        emptied={"welcome_mac": None},
    ),
    "payment": Care(
        label=_l("Paiements"),
        about=lambda who: Payment.pceen_id == who.id,
        personal=(
            *("id", "type", "offer_slug", "amount_cents", "method", "status", "created_at"),
            *("payed_at", "order_ref", "lydia_uuid", "lydia_request_id", "lydia_transaction_id"),
            *("reason", "revoked_at", "revoked_why"),
        ),
        inner=(
            *("pceen_id", "gri_id", "bank_line_id", "revoked_by_id", "polls", "next_poll_at"),
            *("checked_at", "idempotency_key", "version"),
        ),
        refers={
            "pceen_id": Merge.move,
            "gri_id": Merge.move,
            "revoked_by_id": Merge.move,
        },
    ),
    "payment_event": Care(
        label=_l("Ce que Lydia a dit des paiements"),
        about=lambda who: PaymentEvent.payment_id.in_(_payments(who)),
        personal=(
            *("at", "source", "type", "payment_id", "order_ref", "request_id"),
            *("transaction_id", "amount_cents", "body", "outcome", "settled_at", "settled_how"),
        ),
        inner=("id", "unmatched_key", "settled_by_id", "settled_note"),
        refers={"settled_by_id": Merge.move},
        hold=Hold(
            "what Lydia said, as it was received: proof of what the books say", timedelta(days=396)
        ),
    ),
    "bank_line": Care(
        label=_l("Virements reçus"),
        about=lambda who: BankLine.id.in_(
            sa.select(Payment.bank_line_id).where(
                Payment.pceen_id == who.id, Payment.bank_line_id.is_not(None)
            )
        ),
        personal=("day", "label", "amount_cents", "imported_at"),
        inner=("id", "hash", "status", "imported_by_id"),
        refers={"imported_by_id": Merge.move},
        emptied={"label": ""},
    ),
    "journal_entry": Care(
        label=_l("Écritures comptables"),
        about=lambda who: JournalEntry.payment_id.in_(_payments(who)),
        personal=("day", "kind", "amount_cents", "payment_id", "label"),
        inner=("id", "at", "debit", "credit", "event_id", "reverses_id", "by_id"),
        hold=Hold("the books: the database refuses to change a line", _ACCOUNTS),
    ),
    "photo": Care(
        label=_l("Photos"),
        about=lambda who: sa.or_(Photo.author_id == who.id, Photo.uploader_id == who.id),
        personal=("original_name", "caption", "timestamp", "uploaded_at", "width", "height"),
        inner=(
            *("id", "album_id", "file_name", "sha256", "size", "state", "author_id", "author_str"),
            *("sort_at", "lat", "lng", "featured_of", "cover_of", "hidden", "uploader_id"),
            *("placeholder", "cover_name", "version"),
        ),
        refers={"author_id": Merge.move, "uploader_id": Merge.move},
        emptied={"author_id": None, "uploader_id": None},
    ),
    "photo_tag": Care(
        label=_l("Photos où l'on vous voit"),
        about=lambda who: PhotoTag.pceen_id == who.id,
        personal=("photo_id", "created_at"),
        inner=("pceen_id", "tagged_by_id"),
        shows=lambda _: {"photo_id": _photo_link()},
        refers={"pceen_id": Merge.union, "tagged_by_id": Merge.move},
        is_deleted=True,
    ),
    "photo_person": Care(
        label=_l("Ce que vous voulez des photos"),
        about=lambda who: PhotoPerson.pceen_id == who.id,
        personal=("taggable",),
        inner=("pceen_id",),
        refers={"pceen_id": Merge.fill},
        is_deleted=True,
    ),
    "photo_report": Care(
        label=_l("Photos que vous avez signalées"),
        about=lambda who: PhotoReport.reporter_id == who.id,
        personal=("photo_name", "kind", "reason", "created_at", "status", "handled_at", "answer"),
        inner=(
            *("id", "photo_id", "album_id", "reporter_id", "email", "locale", "handler_id"),
            "hid",
        ),
        refers={"reporter_id": Merge.move, "handler_id": Merge.move},
        emptied={"reason": None, "answer": None, "reporter_id": None},
    ),
    "photo_upload": Care(
        label=_l("Photos en cours d'envoi"),
        about=lambda who: PhotoUpload.uploader_id == who.id,
        personal=("original_name", "size", "created_at", "touched_at"),
        inner=("id", "token", "album_id", "uploader_id"),
        refers={"uploader_id": Merge.move},
        is_deleted=True,
    ),
    "task_run": Care(
        label=_l("Tâches lancées"),
        about=lambda who: TaskRun.requested_by_id == who.id,
        personal=("task", "state", "reason", "queued_at", "started_at", "finished_at"),
        inner=(
            *("id", "params", "requested_by_id", "active_key", "beat_at", "worker"),
            *("cancel_asked_at", "progress", "message", "output", "error", "incident"),
        ),
        refers={"requested_by_id": Merge.move},
    ),
    "outbox": Care(
        label=_l("Mails reçus"),
        about=lambda who: OutboxEntry.lane.in_(
            [f"mail:{one}"[:128] for one in (who.email, who.espci_email) if one is not None]
        ),
        personal=("kind", "created_at", "sent_at"),
        inner=(
            *("id", "payload", "fingerprint", "lane", "due_at", "attempts", "leased_until"),
            *("leased_by", "parked_at", "cancelled_at", "last_error"),
        ),
        is_deleted=True,
    ),
    "audit_event": Care(
        label=_l("Ce qui a été fait"),
        about=lambda who: sa.or_(_by_them(who), _of_account(who)),
        personal=("at", "action", "before", "after", "reason", "address"),
        inner=("id", "actor_id", "as_id", "object_type", "object_id", "request_id"),
        # what they did of others is not about them; nor is where others did it from
        shows=lambda who: (
            {
                name: sa.case((_of_account(who), column), else_=sa.null())
                for name, column in (
                    ("before", AuditEvent.before),
                    ("after", AuditEvent.after),
                    ("reason", AuditEvent.reason),
                )
            }
            | {"address": sa.case((_by_them(who), AuditEvent.address))}
        ),
        hold=Hold("who did what, sealed: three years, ten for what money is about", 3 * YEAR),
    ),
}

#: The tables that tell of nobody, and why.
OF_NOBODY: Mapping[str, str] = {
    "album": "occasions",
    "album_address": "where albums were",
    "answered_request": "digests",
    "attempt": "digests",
    "audit_head": "one row: the end of the chain",
    "audit_seal": "digests",
    "bank_layout": "how a bank writes its statements",
    "collection": "albums that belong together",
    "dhcp_run": "counts",
    "global_setting": "what GRIs chose",
    "job_run": "when jobs ran",
    "network_sample": "counts",
    "offer": "what is for sale",
    "permission": "rights; those about an account go with it",
    "role": "roles",
    "role_permission": "what roles allow",
    "room": "the building",
    "saml_request": "who comes from the school, for ten minutes",
    "saml_seen": "digests",
    "site_sample": "counts",
    "solved_captcha": "random numbers",
    "sso_link": "who comes from the school, for half an hour",
    "worker_beat": "processes",
}

#: Where the words that name someone are looked for once they are erased, whosever the row.
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "bank_line": ("label",),
    "ban": ("message",),
    "contact_message": ("name", "email", "title", "message"),
    "dhcp_run": ("error",),
    "job_run": ("error",),
    "login_session": ("doas_reason",),
    "outbox": ("payload", "lane", "last_error"),
    "payment": ("reason", "revoked_why"),
    "payment_event": ("settled_note",),
    "pceen": ("disabled_reason",),
    "photo": ("author_str", "caption", "original_name"),
    "photo_report": ("photo_name", "email", "reason", "answer"),
    "room_claim": ("message", "note"),
    "saml_request": ("identity",),
    "sso_link": ("identity",),
    "task_run": ("params", "reason", "message", "output", "error"),
}

#: The numbers of accounts that are no references, and who sees to them in a merge.
NUMBERS: Mapping[str, str] = {
    "audit_event.actor_id": "kept as written: merged_account says whose it is",
    "audit_event.as_id": "kept as written: merged_account says whose it is",
    "audit_event.object_id": "kept as written: merged_account says whose it is",
    "audit_seal.event_id": "the number of an event",
    "journal_entry.by_id": "kept as written: merged_account says whose it is",
    "merged_account.absorbed_id": "what says whose a number is",
    "permission.ref_id": "moved by the merge",
    "payment.lydia_request_id": "a word of Lydia",
    "rental.open_pceen": "moved by the network",
}


def _devices(who: PCeen) -> sa.Select[int]:
    return sa.select(Device.id).where(Device.pceen_id == who.id)


def _photo_link() -> sa.ColumnElement[Any]:
    """The address of the photo of a tag; nothing if those who open its album do not see it."""
    there = sa.literal("/photos/") + Collection.dir_name + "/" + Album.dir_name + "/"
    stmt = sa.select(there + Photo.file_name).select_from(Photo).join(Photo.album)
    return (
        stmt.join(Album.collection)
        .where(Photo.id == PhotoTag.photo_id, sa.not_(Photo.hidden))
        .where(Album.visible, Collection.visible)
        .scalar_subquery()
    )


def _payments(who: PCeen) -> sa.Select[int]:
    return sa.select(Payment.id).where(Payment.pceen_id == who.id)


def _by_them(who: PCeen) -> Condition:
    """Whether they did it, by whatever account they had."""
    return AuditEvent.actor_id.in_(numbers_of(who.id))


def _of_account(who: PCeen) -> Condition:
    """Whether an event is about their account, or one that became theirs."""
    theirs = AuditEvent.object_id.in_(numbers_of(who.id))
    return sa.and_(AuditEvent.object_type == "PCeen", theirs)


def table(name: str) -> sa.Table:
    """A table, by its name."""
    return Base.metadata.tables[name]


def _none(*_: Any) -> Iterable[str]:
    return ()


def _nothing(*_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """What a module has to do of its tables over the life of accounts: declared in its manifest.

    The people are locked. What columns alone tell is in ``CARE``: rows move, and go, by themselves.
    """

    #: What someone has to settle before they can be erased, in sentences.
    obstacles: Callable[[Session, PCeen], Iterable[str]] = _none
    #: Why an account cannot absorb another, in sentences: the one that is kept comes first.
    conflicts: Callable[[Session, PCeen, PCeen], Iterable[str]] = _none
    #: Settle what both accounts cannot keep, before rows move.
    before_merge: Callable[[Session, PCeen, PCeen], object] = _nothing
    #: Put in order what the account that is kept has, once rows moved.
    after_merge: Callable[[Session, PCeen], object] = _nothing
    #: Take from someone who is being erased what is more than a row.
    forget: Callable[[Session, PCeen], object] = _nothing
