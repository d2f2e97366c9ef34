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
from sqlalchemy.orm import Session, aliased

from app.enums import DiscontentKind
from app.models.audit import AuditEvent
from app.models.bar import BarAccount, BarDailyData, BarTransaction
from app.models.base import Base
from app.models.calendar import CalendarFeed, Event
from app.models.club_q import (
    ClubQAccount,
    ClubQAttribution,
    ClubQCampaign,
    ClubQCampaignRecipient,
    ClubQDiscontent,
    ClubQPreference,
    ClubQReturn,
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSeason,
    ClubQSeedChange,
    ClubQVoeu,
)
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
from app.models.notifications import (
    Notification,
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    PushDelivery,
    PushSubscription,
)
from app.models.outbox import OutboxEntry
from app.models.panier_bio import OrderPanierBio
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
from app.models.texts import ModuleText, ModuleTextVersion
from app.models.types import Tenths

Condition: TypeAlias = sa.ColumnElement[bool]

#: Other changes of the discontent of whose row is read.
_Untold = aliased(ClubQDiscontent)


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
    #: Those of them that an archive leaves out for now.
    hides: Callable[[PCeen], Condition] = lambda _: sa.false()
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
    "order_panier_bio": Care(
        label=_l("Paniers Bio"),
        about=lambda who: OrderPanierBio.pceen_id == who.id,
        personal=(
            *("date", "name", "service", "phone_number", "payment_method", "comment", "price"),
            *("status", "payment_made", "treasurer_validate", "taken", "taken_at", "created_at"),
            "cancelled_at",
        ),
        inner=(
            *("id", "period_id", "pceen_id", "email", "locale", "confirmed_at", "reminded_at"),
            *("told_taken_at", "token_hash", "live_pceen", "live_email", "by_id", "version"),
        ),
        refers={"pceen_id": Merge.move, "by_id": Merge.move},
        emptied={
            **dict.fromkeys(("name", "service", "phone_number", "comment"), ""),
            **dict.fromkeys(("locale", "token_hash")),
        },
    ),
    "event": Care(
        label=_l("Événements écrits"),
        about=lambda who: Event.author_id == who.id,
        personal=(
            *("title", "description", "location", "all_day", "start_time", "end_time"),
            *("start_date", "end_date", "cancelled_at", "created_at", "updated_at"),
        ),
        inner=("id", "uid", "club_id", "author_id", "series", "version", "by_id"),
        refers={"author_id": Merge.move, "by_id": Merge.move},
        emptied={"author_id": None},
    ),
    "calendar_feed": Care(
        label=_l("Abonnements au calendrier"),
        about=lambda who: CalendarFeed.pceen_id == who.id,
        personal=("name", "created_at", "read_at", "revoked_at"),
        inner=("id", "pceen_id", "token_hash"),
        refers={"pceen_id": Merge.move},
        is_deleted=True,
    ),
    "notification": Care(
        label=_l("Notifications envoyées"),
        about=lambda who: Notification.sender_id == who.id,
        personal=(
            *("topic", "title", "body", "title_en", "body_en", "image", "url", "target_type"),
            *("quiet", "created_at", "audience_count"),
        ),
        inner=("id", "sender_id", "key", "delivered_count", "gone_count", "failed_count"),
        refers={"sender_id": Merge.move},
        emptied={"sender_id": None},
    ),
    "notification_recipient": Care(
        label=_l("Notifications reçues"),
        about=lambda who: NotificationRecipient.pceen_id == who.id,
        personal=("notification_id", "read_at", "digested_at"),
        inner=("pceen_id", "in_bell", "digest_due"),
        shows=lambda _: {
            "notification_id": sa.select(Notification.title)
            .where(Notification.id == NotificationRecipient.notification_id)
            .scalar_subquery()
        },
        refers={"pceen_id": Merge.union},
        is_deleted=True,
    ),
    "notification_choice": Care(
        label=_l("Choix des notifications"),
        about=lambda who: NotificationChoice.pceen_id == who.id,
        personal=("topic", "bell", "push", "digest"),
        inner=("pceen_id",),
        refers={"pceen_id": Merge.union},
        is_deleted=True,
    ),
    "notification_hours": Care(
        label=_l("Heures calmes"),
        about=lambda who: NotificationHours.pceen_id == who.id,
        personal=("quiet_from", "quiet_until"),
        inner=("pceen_id",),
        refers={"pceen_id": Merge.fill},
        is_deleted=True,
    ),
    "push_subscription": Care(
        label=_l("Appareils que le site fait sonner"),
        about=lambda who: PushSubscription.pceen_id == who.id,
        personal=("endpoint", "device", "created_at", "last_used_at"),
        inner=("id", "pceen_id", "login_id", "endpoint_hash", "p256dh", "auth"),
        refers={"pceen_id": Merge.move},
        is_deleted=True,
    ),
    "push_delivery": Care(
        label=_l("Notifications remises à mes appareils"),
        about=lambda who: PushDelivery.subscription_id.in_(_rings(who)),
        personal=("notification_id", "state", "due_at", "attempts", "ended_at"),
        inner=("id", "subscription_id", "last_error"),
        shows=lambda _: {
            "notification_id": sa.select(Notification.title)
            .where(Notification.id == PushDelivery.notification_id)
            .scalar_subquery()
        },
        is_deleted=True,
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
    "bar_account": Care(
        label=_l("Compte du bar"),
        about=lambda who: BarAccount.pceen_id == who.id,
        personal=(
            *("balance_cents", "deposit_cents", "deposit_owed_cents", "nickname", "birth_date"),
            *("alert_cents", "avatar"),
        ),
        inner=("pceen_id", "nickname_key", "qr_code", "version"),
        refers={"pceen_id": Merge.fill},
        emptied={
            **dict.fromkeys(("nickname", "birth_date", "alert_cents", "avatar")),
            "nickname_key": "",
        },
    ),
    "bar_daily_data": Care(
        label=_l("Jours au bar"),
        about=lambda who: BarDailyData.pceen_id == who.id,
        personal=(
            *("bar_day", "balance_change_cents", "total_spent_cents", "items_bought_count"),
            "alcohol_bought",
        ),
        inner=("pceen_id",),
    ),
    "bar_transaction": Care(
        label=_l("Opérations du bar"),
        about=lambda who: BarTransaction.client_id == who.id,
        personal=(
            *("id", "at", "bar_day", "type", "item_name", "price_cents", "alcohol_mass"),
            *("balance_change_cents", "deposit_change_cents", "balance_after_cents", "method"),
            *("reason", "payment_id", "reverses_id"),
        ),
        inner=(
            *("client_id", "barman_id", "bar_hour", "item_id", "stock_change", "alcohol_after"),
            *("stock_after", "revert_until", "idempotency_key", "request_hash"),
        ),
        hold=Hold("the ledger of the bar: the database refuses to change a line", _ACCOUNTS),
    ),
    "club_q_account": Care(
        label=_l("Club Q"),
        about=lambda who: ClubQAccount.pceen_id == who.id,
        # nobody can tell who has no discontent from who has some that is not told yet
        hides=lambda who: _told_discontent(who) == 0,
        personal=("discontent",),
        inner=("pceen_id",),
        shows=lambda who: {"discontent": _told_discontent(who)},
        refers={"pceen_id": Merge.fill},
    ),
    "club_q_preference": Care(
        label=_l("Ce que vous voulez d'une saison du Club Q"),
        about=lambda who: ClubQPreference.pceen_id == who.id,
        personal=("season_id", "budget", "max_shows", "accept_clashes"),
        inner=("pceen_id", "version"),
        refers={"pceen_id": Merge.union},
    ),
    "club_q_voeu": Care(
        label=_l("Vœux du Club Q"),
        about=lambda who: ClubQVoeu.pceen_id == who.id,
        personal=(
            *("id", "spectacle_id", "season_id", "priorite", "places_demandees"),
            "places_minimum",
        ),
        inner=("pceen_id", "edited_by_id", "version"),
        refers={"pceen_id": Merge.move, "edited_by_id": Merge.move},
    ),
    "club_q_attribution": Care(
        label=_l("Places du Club Q"),
        about=lambda who: ClubQAttribution.voeu_id.in_(_wishes(who)),
        hides=lambda _: sa.not_(_is_published(ClubQAttribution.voeu_id)),
        personal=("voeu_id", "places_attribuees", "note", "set_at"),
        inner=("run_id", "locked", "set_by_id"),
        refers={"set_by_id": Merge.move},
        emptied={"note": None},
    ),
    "club_q_return": Care(
        label=_l("Places rendues au Club Q"),
        about=lambda who: ClubQReturn.voeu_id.in_(_wishes(who)),
        hides=lambda _: sa.not_(_is_published(ClubQReturn.voeu_id)),
        personal=("voeu_id", "places", "state", "at", "settled_at"),
        inner=("id", "open_voeu_id", "run_id"),
    ),
    "club_q_run_wish": Care(
        label=_l("Vœux dans les attributions du Club Q"),
        about=lambda who: ClubQRunWish.pceen_id.in_(numbers_of(who.id)),
        hides=lambda _: ClubQRunWish.run_id.not_in(_published_runs()),
        personal=("spectacle_id", "granted", "reason", "reason_data"),
        inner=("run_id", "voeu_id", "pceen_id"),
    ),
    "club_q_run_person": Care(
        label=_l("Attributions du Club Q"),
        about=lambda who: ClubQRunPerson.pceen_id.in_(numbers_of(who.id)),
        hides=lambda _: ClubQRunPerson.run_id.not_in(_published_runs()),
        personal=("before", "bonus", "after", "satisfaction", "served", "explanation"),
        inner=("run_id", "pceen_id"),
    ),
    "club_q_discontent": Care(
        label=_l("Mécontentement au Club Q"),
        about=lambda who: ClubQDiscontent.pceen_id == who.id,
        hides=lambda _: sa.and_(
            ClubQDiscontent.run_id.is_not(None), ClubQDiscontent.run_id.not_in(_published_runs())
        ),
        personal=("at", "kind", "before", "delta", "after", "reason"),
        inner=("id", "pceen_id", "season_id", "run_id", "actor_id"),
        shows=lambda who: _told_changes(who.id),
        refers={"pceen_id": Merge.move},
        hold=Hold("what was shared out before, on which the next share depends", _ACCOUNTS),
    ),
    "club_q_campaign_recipient": Care(
        label=_l("Mails du Club Q"),
        about=lambda who: ClubQCampaignRecipient.pceen_id == who.id,
        personal=("state", "at"),
        inner=("id", "campaign_id", "pceen_id", "position", "attempt", "error"),
        refers={"pceen_id": Merge.move},
        is_deleted=True,
    ),
    "club_q_run": Care(
        label=_l("Attributions que vous avez lancées"),
        about=lambda who: ClubQRun.author_id == who.id,
        personal=("created_at", "strategy", "mode", "note"),
        inner=(
            *("id", "season_id", "author_id", "started_at", "finished_at", "params"),
            *("time_limit", "input", "input_hash", "seed_commitment", "code_version"),
            *("solver_name", "solver_version", "status", "result", "result_hash"),
            *("objectives", "figures", "log", "error", "adopted_at", "adopted_by_id"),
            *("adoption_reason", "replaced", "reverted_at", "reverted_by_id", "active_season_id"),
            *("adopted_season_id", "task_run_id"),
        ),
        refers=dict.fromkeys(("author_id", "adopted_by_id", "reverted_by_id"), Merge.move),
    ),
    "club_q_campaign": Care(
        label=_l("Mails du Club Q que vous avez préparés"),
        about=lambda who: ClubQCampaign.author_id == who.id,
        personal=("created_at", "state", "reply_to"),
        inner=(
            *("id", "season_id", "author_id", "link_sav", "date_sav", "date_payement"),
            "threshold",
        ),
        refers={"author_id": Merge.move},
    ),
    "club_q_seed_change": Care(
        label=_l("Graines du Club Q que vous avez remplacées"),
        about=lambda who: ClubQSeedChange.by_id == who.id,
        personal=("at", "reason"),
        inner=("id", "season_id", "former_commitment", "by_id"),
        refers={"by_id": Merge.move},
    ),
    "module_text": Care(
        label=_l("Introductions que vous avez écrites"),
        about=lambda who: ModuleText.updated_by_id == who.id,
        personal=("slug", "content", "updated_at"),
        inner=("version", "updated_by_id"),
        refers={"updated_by_id": Merge.move},
        emptied={"updated_by_id": None},
    ),
    "module_text_version": Care(
        label=_l("Introductions que vous aviez écrites"),
        about=lambda who: ModuleTextVersion.by_id == who.id,
        personal=("slug", "version", "content", "at"),
        inner=("by_id",),
        refers={"by_id": Merge.move},
        emptied={"by_id": None},
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
            # a discontent set by hand was what a run that is not published made it
            | {
                "before": sa.case(
                    (AuditEvent.action == "club_q.discontent.set", sa.null()),
                    (_of_account(who), AuditEvent.before),
                    else_=sa.null(),
                )
            }
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
    "bar_closing": "the cash box, and who counted it",
    "bar_item": "what is sold",
    "bank_layout": "how a bank writes its statements",
    "bekk": "issues of the paper",
    "bekk_page": "their pages",
    "club": "clubs",
    "club_q_brochure": "brochures",
    "club_q_brochure_page": "their pages",
    "club_q_salle": "venues",
    "club_q_season": "seasons",
    "club_q_spectacle": "shows",
    "collection": "albums that belong together",
    "dhcp_run": "counts",
    "global_setting": "what GRIs chose",
    "inbound_mail": "mails of anybody, by addresses that nothing verifies; forgotten with theirs",
    "info_banner": "news",
    "info_banner_preset": "styles of news",
    "job_run": "when jobs ran",
    "network_sample": "counts",
    "notification_role": "roles that were told",
    "offer": "what is for sale",
    "panier_bio_date": "distributions",
    "panier_bio_disabled_day": "days without one",
    "period_panier_bio": "weeks with some",
    "permission": "rights; those about an account go with it",
    "representation": "performances",
    "role": "roles",
    "role_permission": "what roles allow",
    "room": "the building",
    "saison": "seasons of the theatre club",
    "saml_request": "who comes from the school, for ten minutes",
    "saml_seen": "digests",
    "site_sample": "counts",
    "solved_captcha": "random numbers",
    "spectacle": "plays",
    "sso_link": "who comes from the school, for half an hour",
    "worker_beat": "processes",
}

#: Where the words that name someone are looked for once they are erased, whosever the row.
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "bank_line": ("label",),
    "ban": ("message",),
    "club_q_attribution": ("note",),
    "club_q_campaign": ("reply_to",),
    "club_q_campaign_recipient": ("error",),
    "club_q_run": ("note", "adoption_reason", "error"),
    "club_q_seed_change": ("reason",),
    "contact_message": ("name", "email", "title", "message"),
    "dhcp_run": ("error",),
    "event": ("title", "description", "location"),
    "info_banner": ("title", "text_content", "alt_text", "file_name"),
    "job_run": ("error",),
    "login_session": ("doas_reason",),
    "notification": ("title", "body", "title_en", "body_en"),
    "order_panier_bio": ("name", "phone_number", "comment", "email", "live_email"),
    "outbox": ("payload", "lane", "last_error"),
    "payment": ("reason", "revoked_why"),
    "payment_event": ("settled_note",),
    "pceen": ("disabled_reason",),
    "module_text": ("content",),
    "module_text_version": ("content",),
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
    "bar_closing.by_id": "kept as written: merged_account says whose it is",
    "bar_transaction.barman_id": "moved by the bar, as its triggers let it",
    "club_q_discontent.actor_id": "moved by Club Q, as its triggers let it",
    "club_q_run_wish.pceen_id": "kept as written: merged_account says whose it is",
    "journal_entry.by_id": "kept as written: merged_account says whose it is",
    "merged_account.absorbed_id": "what says whose a number is",
    "order_panier_bio.live_pceen": "moved by the Panier Bio",
    "permission.ref_id": "moved by the merge",
    "payment.lydia_request_id": "a word of Lydia",
    "rental.open_pceen": "moved by the network",
}


def _devices(who: PCeen) -> sa.Select[int]:
    return sa.select(Device.id).where(Device.pceen_id == who.id)


def _rings(who: PCeen) -> sa.Select[int]:
    return sa.select(PushSubscription.id).where(PushSubscription.pceen_id == who.id)


def _wishes(who: PCeen) -> sa.Select[int]:
    return sa.select(ClubQVoeu.id).where(ClubQVoeu.pceen_id == who.id)


def _published_runs() -> sa.Select[int]:
    """The runs that people may know of: before publication, an archive says nothing of a grant."""
    stmt = sa.select(ClubQRun.id).join(ClubQSeason, ClubQSeason.id == ClubQRun.season_id)
    return stmt.where(ClubQSeason.attributions_visible, ClubQRun.adopted_at.is_not(None))


def _untold() -> Condition:
    """Whether a change of a discontent, by itself, would tell of a grant before publication."""
    told = sa.select(ClubQSeason.id).where(ClubQSeason.attributions_visible.is_(False))
    return sa.and_(_Untold.run_id.is_not(None), _Untold.season_id.in_(told))


def _told_discontent(who: PCeen) -> sa.ColumnElement[Any]:
    """The discontent of someone, but for what is not told yet since the team last set it."""
    by_hand = aliased(ClubQDiscontent)
    last = (
        sa.select(sa.func.coalesce(sa.func.max(by_hand.id), 0))
        .where(by_hand.pceen_id == who.id, by_hand.kind == DiscontentKind.manual)
        .scalar_subquery()
    )
    total = (
        sa.select(sa.func.coalesce(sa.func.sum(sa.type_coerce(_Untold.delta, sa.Integer)), 0))
        .where(_Untold.pceen_id == who.id, _Untold.id > last, _untold())
        .scalar_subquery()
    )
    now = sa.type_coerce(ClubQAccount.discontent, sa.Integer)
    return sa.type_coerce(now - total, Tenths)


def _told_changes(person: int) -> Mapping[str, sa.ColumnElement[Any]]:
    """What is told of a change, without what it would tell of one that is not told yet."""
    follows = sa.exists().where(
        _Untold.pceen_id == person, _Untold.id < ClubQDiscontent.id, _untold()
    )
    is_by_hand = ClubQDiscontent.kind == DiscontentKind.manual
    return {
        "before": sa.case((sa.not_(follows), ClubQDiscontent.before)),
        "delta": sa.case((sa.not_(sa.and_(follows, is_by_hand)), ClubQDiscontent.delta)),
        "after": sa.case((sa.or_(sa.not_(follows), is_by_hand), ClubQDiscontent.after)),
    }


def _is_published(voeu_id: sa.ColumnElement[int] | Any) -> Condition:
    """Whether the season of a wish shows what was granted."""
    stmt = sa.select(ClubQVoeu.id).join(ClubQSeason, ClubQSeason.id == ClubQVoeu.season_id)
    return sa.and_(voeu_id.in_(stmt.where(ClubQSeason.attributions_visible)))


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

    #: Lock what whoever changes it locks before people, so that nobody waits for each other.
    before_locks: Callable[[Session], object] = _nothing
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
