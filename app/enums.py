"""Every enumeration that the database stores. It stores names: do not rename one."""

import enum
from collections.abc import Iterator
from typing import Any, NamedTuple

from flask_babel import LazyString, lazy_gettext as _l


class PermissionType(enum.StrEnum):
    """What a permission lets one do."""

    read = "read"
    write = "write"
    delete = "delete"
    all = "all"

    @property
    def label(self) -> LazyString:
        return _TYPE_LABELS[self]

    def covers(self, other: "PermissionType") -> bool:
        """Whether who may do this may do *other*: to write, one must read."""
        return self in (other, PermissionType.all) or other is PermissionType.read


_TYPE_LABELS = {
    PermissionType.read: _l("lire"),
    PermissionType.write: _l("écrire"),
    PermissionType.delete: _l("supprimer"),
    PermissionType.all: _l("tout"),
}


class _About(NamedTuple):
    """What the permissions of a scope are about."""

    label: LazyString
    #: A permission may be for one element only.
    allow_elem: bool = False
    #: A permission must be for one element.
    need_elem: bool = False
    #: The scope whose elements enclose these.
    parent: str | None = None
    #: The attribute of an element that is the one it is enclosed in.
    parent_attr: str | None = None
    #: The name of the class of its elements.
    model: str | None = None


class PermissionScope(enum.StrEnum):
    """The parts of the site on which permissions are given: the whole policy.

    What is granted on an element is granted on those it encloses.
    """

    about: _About

    def __new__(cls, name: str, about: _About) -> "PermissionScope":
        """Make one from its name and what it is about."""
        scope = str.__new__(cls, name)
        scope._value_ = name
        scope.about = about
        return scope

    #: Albums of everybody, and the right to look at the photos at all.
    photos = "photos", _About(_l("Photos"))
    #: ``read``: be a Rezident, and have Internet in the residence.
    intrarez = "intrarez", _About(_l("IntraRez"))
    #: ``read``: be a client. ``write``: serve. ``all``: manage.
    bar = "bar", _About(_l("Bar"))
    #: ``read``: see the figures.
    bar_stats = "bar_stats", _About(_l("Statistiques du bar"))
    club_q = "club_q", _About(_l("Club Q"))
    bekk = "bekk", _About(_l("Bekk"))
    theatre = "theatre", _About(_l("Théâtre"))
    panier_bio = "panier_bio", _About(_l("Panier Bio"))
    calendar = "calendar", _About(_l("Calendrier"))
    #: ``all``: be a GRI.
    gris = "gris", _About(_l("GRI"))
    #: ``read``: see the amounts. ``write``: record money received.
    payments = "payments", _About(_l("Paiements"))
    #: ``write``: see the list of the PCéens, edit them, ban them.
    pceen = "pceen", _About(_l("PCéens"), allow_elem=True, model="PCeen")
    #: ``write``: see the list of the roles, give them.
    role = "role", _About(_l("Rôles"), allow_elem=True, model="Role")
    #: ``read``: open the albums of a collection.
    collection = "collection", _About(_l("Collections"), allow_elem=True, model="Collection")
    #: ``write``: publish events in the name of a club.
    club = "club", _About(_l("Clubs"), allow_elem=True, model="Club")
    #: ``read``: open an album, whatever its collection.
    album = (
        "album",
        _About(
            _l("Albums"),
            allow_elem=True,
            need_elem=True,
            parent="collection",
            parent_attr="collection",
            model="Album",
        ),
    )

    @property
    def label(self) -> LazyString:
        return self.about.label

    @property
    def allow_elem(self) -> bool:
        return self.about.allow_elem

    @property
    def need_elem(self) -> bool:
        return self.about.need_elem

    @property
    def parent(self) -> "PermissionScope | None":
        return PermissionScope[self.about.parent] if self.about.parent else None

    @property
    def parent_attr(self) -> str | None:
        return self.about.parent_attr

    def check(self, elem: Any) -> None:
        """Refuse a question that makes no sense, whoever asks it.

        Raises:
            ValueError: If an element is missing, not allowed, or not saved yet.
            TypeError: If *elem* is not an element of this scope.
        """
        if (elem is None and self.need_elem) or (elem is not None and not self.allow_elem):
            raise ValueError(f"{self} {'needs an' if self.need_elem else 'allows no'} element")
        if elem is None:
            return
        if type(elem).__name__ != self.about.model:
            raise TypeError(f"{elem!r} is not an element of {self}")
        if elem.id is None:
            raise ValueError(f"{elem!r} is not saved yet")

    def lineage(self, elem: Any) -> Iterator[tuple["PermissionScope", Any]]:
        """This scope with *elem*, then each scope that encloses it.

        Raises:
            ValueError, TypeError: If the question makes no sense.
        """
        self.check(elem)
        yield self, elem
        if self.parent and self.parent_attr:
            yield from self.parent.lineage(elem and getattr(elem, self.parent_attr))


class LoginMethod(enum.StrEnum):
    """How one logged in."""

    password = "password"  # noqa: S105  # a word, not a secret
    registration = "registration"
    invitation = "invitation"
    sso = "sso"

    @property
    def label(self) -> LazyString:
        return _METHOD_LABELS[self]


_METHOD_LABELS = {
    LoginMethod.password: _l("mot de passe"),
    LoginMethod.registration: _l("inscription"),
    LoginMethod.invitation: _l("invitation"),
    LoginMethod.sso: _l("compte de l'école"),
}


class TokenPurpose(enum.StrEnum):
    """What a one-time token is good for, and for nothing else."""

    reset_password = "reset_password"  # noqa: S105  # a word, not a secret
    invitation = "invitation"
    confirm_email = "confirm_email"
    #: Six digits that prove who is there.
    proof_code = "proof_code"
    #: The role Rezident, for whoever proves to own the account found.
    pending_rezident = "pending_rezident"
    #: The link of the former tenant, to say that a room is still theirs.
    contest_room = "contest_room"
    #: Proof that an account is of whom the identity provider vouches for.
    sso_link = "sso_link"
    #: A log-in whose password is right, and whose second factor is awaited.
    second_step = "second_step"
    #: What a passkey is asked to sign.
    passkey_challenge = "passkey_challenge"


class SamlPurpose(enum.StrEnum):
    """Why someone is sent to the identity provider."""

    login = "login"
    #: Someone logged in already proves who is there.
    reauth = "reauth"


class FactorKind(enum.StrEnum):
    """What one proves who one is with, after the password."""

    #: Six digits that change every 30 seconds (RFC 6238).
    totp = "totp"
    #: A key that the device keeps (WebAuthn).
    passkey = "passkey"

    @property
    def label(self) -> LazyString:
        return _FACTOR_LABELS[self]


_FACTOR_LABELS = {
    FactorKind.totp: _l("application de codes"),
    FactorKind.passkey: _l("clé d'accès"),
}


class RentalEnd(enum.StrEnum):
    """Why a rental was closed."""

    owner = "owner"
    take_over = "take_over"
    gri = "gri"
    expired = "expired"
    claim = "claim"


class BanKind(enum.StrEnum):
    """Why one is banned."""

    disciplinary = "disciplinary"
    unpaid = "unpaid"


class ClaimKind(enum.StrEnum):
    """What is asked of the GRIs about a room."""

    #: Give me this room, which the site would not let me take.
    claim = "claim"
    #: Give me back this room, which someone took.
    contest = "contest"


class ClaimStatus(enum.StrEnum):
    """What became of a claim."""

    pending = "pending"
    accepted = "accepted"
    refused = "refused"
    withdrawn = "withdrawn"


class AddressKind(enum.StrEnum):
    """Where an address that a device had comes from."""

    room = "room"
    ban = "ban"


class DhcpResult(enum.StrEnum):
    """How a generation of the DHCP rules ended."""

    written = "written"
    unchanged = "unchanged"
    refused = "refused"
    failed = "failed"


class SubState(enum.StrEnum):
    """Where someone stands with the Internet they pay for (network-b B5.2)."""

    #: Paid, or given.
    subscribed = "subscribed"
    #: In the free month.
    trial = "trial"
    #: The free month is over, and nothing was paid.
    outlaw = "outlaw"

    @property
    def label(self) -> LazyString:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    SubState.subscribed: _l("abonné"),
    SubState.trial: _l("mois offert"),
    SubState.outlaw: _l("hors-la-loi"),
}


class PaymentType(enum.StrEnum):
    """What money is for: who delivers what it buys."""

    internet = "internet"
    bar = "bar"

    @property
    def label(self) -> LazyString:
        return _PAYMENT_TYPE_LABELS[self]


_PAYMENT_TYPE_LABELS = {PaymentType.internet: _l("Internet"), PaymentType.bar: _l("Bar")}


class PaymentMethod(enum.StrEnum):
    """How money comes."""

    #: From the application of Lydia.
    lydia = "lydia"
    #: By bank card, through Lydia.
    card = "card"
    transfer = "transfer"
    cash = "cash"
    #: No money comes: the GRIs offer it.
    gift = "gift"

    @property
    def label(self) -> LazyString:
        return _PAYMENT_METHOD_LABELS[self]

    @property
    def is_online(self) -> bool:
        """Whether Lydia takes the money."""
        return self in (PaymentMethod.lydia, PaymentMethod.card)


_PAYMENT_METHOD_LABELS = {
    PaymentMethod.lydia: _l("Lydia"),
    PaymentMethod.card: _l("carte bancaire"),
    PaymentMethod.transfer: _l("virement"),
    PaymentMethod.cash: _l("espèces"),
    PaymentMethod.gift: _l("offert"),
}


class PaymentStatus(enum.StrEnum):
    """What became of a payment (network-b B5.4)."""

    #: Written here, not yet known of Lydia.
    creating = "creating"
    #: Lydia waits for the payer.
    waiting = "waiting"
    #: Lydia took the money.
    accepted = "accepted"
    #: A GRI recorded it.
    manual = "manual"
    #: The payer, or their bank, said no.
    refused = "refused"
    #: Given up; or, once paid, revoked.
    cancelled = "cancelled"
    error = "error"

    @property
    def label(self) -> LazyString:
        return _PAYMENT_STATUS_LABELS[self]

    @property
    def is_paid(self) -> bool:
        return self in (PaymentStatus.accepted, PaymentStatus.manual)


_PAYMENT_STATUS_LABELS = {
    PaymentStatus.creating: _l("en préparation"),
    PaymentStatus.waiting: _l("en attente"),
    PaymentStatus.accepted: _l("payé"),
    PaymentStatus.manual: _l("enregistré"),
    PaymentStatus.refused: _l("refusé"),
    PaymentStatus.cancelled: _l("annulé"),
    PaymentStatus.error: _l("en erreur"),
}


class EventSource(enum.StrEnum):
    """Where what Lydia said was heard."""

    confirm = "confirm"
    cancel = "cancel"
    poll = "poll"

    @property
    def label(self) -> LazyString:
        return _SOURCE_LABELS[self]


_SOURCE_LABELS = {
    EventSource.confirm: _l("confirmation"),
    EventSource.cancel: _l("annulation"),
    EventSource.poll: _l("question"),
}


class Settlement(enum.StrEnum):
    """What a GRI did of money that fitted no payment."""

    attached = "attached"
    refunded = "refunded"

    @property
    def label(self) -> LazyString:
        return _SETTLEMENT_LABELS[self]


_SETTLEMENT_LABELS = {
    Settlement.attached: _l("rattaché"),
    Settlement.refunded: _l("remboursé"),
}


class BankLineStatus(enum.StrEnum):
    """What became of a credit of a bank statement."""

    proposed = "proposed"
    matched = "matched"
    ignored = "ignored"

    @property
    def label(self) -> LazyString:
        return _BANK_LINE_LABELS[self]


_BANK_LINE_LABELS = {
    BankLineStatus.proposed: _l("à traiter"),
    BankLineStatus.matched: _l("rapproché"),
    BankLineStatus.ignored: _l("laissé de côté"),
}


class Account(enum.StrEnum):
    """Where money is, or why it came: the accounts of the books."""

    #: Money that Lydia holds for the GRIs, and for the bar.
    lydia = "lydia"
    lydia_bar = "lydia_bar"
    bank = "bank"
    cash = "cash"
    #: What the Internet offers brought.
    internet = "internet"
    #: What the clients of the bar paid in advance.
    bar = "bar"
    #: Received, and not yet known for what.
    unmatched = "unmatched"
    #: Spent on the line and the hardware.
    expenses = "expenses"
    #: What was there before the books were kept here.
    opening = "opening"

    @property
    def label(self) -> LazyString:
        return _ACCOUNT_LABELS[self]

    @property
    def holds_money(self) -> bool:
        """Whether it is a place where money is."""
        return self in (Account.lydia, Account.lydia_bar, Account.bank, Account.cash)


_ACCOUNT_LABELS = {
    Account.lydia: _l("Lydia"),
    Account.lydia_bar: _l("Lydia du bar"),
    Account.bank: _l("Banque"),
    Account.cash: _l("Caisse"),
    Account.internet: _l("Abonnements Internet"),
    Account.bar: _l("Clients du bar"),
    Account.unmatched: _l("À attribuer"),
    Account.expenses: _l("Dépenses"),
    Account.opening: _l("Report"),
}


class EntryKind(enum.StrEnum):
    """Why a line was written in the journal."""

    #: A payment came.
    payment = "payment"
    #: The line of a payment that was revoked, written the other way round.
    reversal = "reversal"
    #: Money came from Lydia that fits no payment.
    unmatched = "unmatched"
    #: That money was given back.
    refund = "refund"
    #: A treasurer says that money went from one place to another.
    move = "move"

    @property
    def label(self) -> LazyString:
        return _ENTRY_LABELS[self]


_ENTRY_LABELS = {
    EntryKind.payment: _l("paiement"),
    EntryKind.reversal: _l("annulation"),
    EntryKind.unmatched: _l("argent à attribuer"),
    EntryKind.refund: _l("remboursement"),
    EntryKind.move: _l("mouvement"),
}


class TaskState(enum.StrEnum):
    """Where a run of a task stands."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"
    timed_out = "timed_out"
    #: Its worker died before its end.
    interrupted = "interrupted"

    @property
    def label(self) -> LazyString:
        return _TASK_STATES[self]

    @property
    def is_over(self) -> bool:
        return self not in (TaskState.queued, TaskState.running)


_TASK_STATES = {
    TaskState.queued: _l("en attente"),
    TaskState.running: _l("en cours"),
    TaskState.done: _l("terminée"),
    TaskState.failed: _l("échouée"),
    TaskState.cancelled: _l("annulée"),
    TaskState.timed_out: _l("trop longue, arrêtée"),
    TaskState.interrupted: _l("interrompue"),
}


class AlbumOrigin(enum.StrEnum):
    """How a collection or an album came to be."""

    #: Someone made it on the site.
    web = "web"
    #: It was found in the folder of the photos.
    imported = "imported"
    #: The end of a school year made it.
    annual = "annual"

    @property
    def label(self) -> LazyString:
        return _ORIGINS[self]


_ORIGINS = {
    AlbumOrigin.web: _l("brouillon"),
    AlbumOrigin.imported: _l("importé"),
    AlbumOrigin.annual: _l("année à venir"),
}


class PhotoState(enum.StrEnum):
    """Where a photo stands between its arrival and the album."""

    #: Received, checked, and not yet prepared: those who write the album see that it comes.
    pending = "pending"
    ready = "ready"
    #: It could not be prepared.
    failed = "failed"


class ReportKind(enum.StrEnum):
    """Why someone wants a photo to be looked at."""

    #: They are on it, and want it removed.
    me = "me"
    other = "other"

    @property
    def label(self) -> LazyString:
        return _REPORT_KINDS[self]


_REPORT_KINDS = {
    ReportKind.me: _l("Je suis dessus, et je veux qu'elle soit retirée"),
    ReportKind.other: _l("Une autre raison"),
}


class ReportStatus(enum.StrEnum):
    """What became of the report of a photo."""

    open = "open"
    hidden = "hidden"
    kept = "kept"
    deleted = "deleted"

    @property
    def label(self) -> LazyString:
        return _REPORT_STATUSES[self]


_REPORT_STATUSES = {
    ReportStatus.open: _l("à traiter"),
    ReportStatus.hidden: _l("photo masquée"),
    ReportStatus.kept: _l("photo gardée"),
    ReportStatus.deleted: _l("photo supprimée"),
}


class BarKind(enum.StrEnum):
    """What a line of the ledger of the bar is (community 3.1)."""

    #: A sale.
    pay_item = "pay_item"
    #: Money that someone puts on their account.
    top_up = "top_up"
    #: The opposite of another line.
    reversal = "reversal"
    #: Money that is given back from a balance.
    refund = "refund"
    #: A balance that was wrong, put right.
    adjustment = "adjustment"
    #: The caution, taken and given back.
    deposit = "deposit"
    deposit_refund = "deposit_refund"
    #: A delivery, an inventory, a bottle that broke: no client.
    stock = "stock"

    @property
    def label(self) -> LazyString:
        return _BAR_KINDS[self]


_BAR_KINDS = {
    BarKind.pay_item: _l("achat"),
    BarKind.top_up: _l("rechargement"),
    BarKind.reversal: _l("annulation"),
    BarKind.refund: _l("remboursement"),
    BarKind.adjustment: _l("correction"),
    BarKind.deposit: _l("caution"),
    BarKind.deposit_refund: _l("caution rendue"),
    BarKind.stock: _l("stock"),
}


class BarMethod(enum.StrEnum):
    """How money comes to the bar, or leaves it."""

    cash = "cash"
    card = "card"
    transfer = "transfer"
    cheque = "cheque"
    lydia = "lydia"

    @property
    def label(self) -> LazyString:
        return _BAR_METHODS[self]


_BAR_METHODS = {
    BarMethod.cash: _l("espèces"),
    BarMethod.card: _l("carte bancaire"),
    BarMethod.transfer: _l("virement"),
    BarMethod.cheque: _l("chèque"),
    BarMethod.lydia: _l("Lydia"),
}


class Strategy(enum.StrEnum):
    """How the tickets of a season are shared out."""

    #: One wish after the other (community 4.6).
    classic = "classic"
    #: The best for all, proven (community 4.8).
    fair = "fair"

    @property
    def label(self) -> LazyString:
        return _STRATEGIES[self]


_STRATEGIES = {Strategy.classic: _l("classique"), Strategy.fair: _l("équitable")}


class RunMode(enum.StrEnum):
    """What a run of the attribution may decide."""

    #: Everything that the team did not lock.
    full = "full"
    #: What is left, and what was given back: every grant is kept.
    complement = "complement"

    @property
    def label(self) -> LazyString:
        return _RUN_MODES[self]


_RUN_MODES = {RunMode.full: _l("tout"), RunMode.complement: _l("ce qui reste")}


class RunStatus(enum.StrEnum):
    """Where a run of the attribution stands."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"
    #: Its grants are those of the season.
    adopted = "adopted"
    #: They were, and another's are.
    superseded = "superseded"

    @property
    def label(self) -> LazyString:
        return _RUN_STATUSES[self]

    @property
    def is_over(self) -> bool:
        return self not in (RunStatus.queued, RunStatus.running)


_RUN_STATUSES = {
    RunStatus.queued: _l("en attente"),
    RunStatus.running: _l("en cours"),
    RunStatus.done: _l("terminé"),
    RunStatus.failed: _l("échoué"),
    RunStatus.cancelled: _l("annulé"),
    RunStatus.adopted: _l("adopté"),
    RunStatus.superseded: _l("remplacé"),
}


class WishReason(enum.StrEnum):
    """Why a wish has what it has (community 4.8)."""

    full = "full"
    partial = "partial"
    #: No place was left for it.
    none_left = "none_left"
    #: Places were left, fewer than it takes.
    minimum = "minimum"
    #: Another grant of the same person is at the same time.
    clash = "clash"
    budget = "budget"
    #: As many shows as the person wants are granted already.
    shows = "shows"
    #: The person gave the places back.
    returned = "returned"
    #: The team decided.
    locked = "locked"
    cancelled = "cancelled"

    @property
    def label(self) -> LazyString:
        return _WISH_REASONS[self]


_WISH_REASONS = {
    WishReason.full: _l("servi en entier"),
    WishReason.partial: _l("servi en partie"),
    WishReason.none_left: _l("plus de place"),
    WishReason.minimum: _l("moins de places que le minimum"),
    WishReason.clash: _l("en même temps qu'un autre"),
    WishReason.budget: _l("au-delà du budget"),
    WishReason.shows: _l("nombre de spectacles atteint"),
    WishReason.returned: _l("rendu"),
    WishReason.locked: _l("décidé par l'équipe"),
    WishReason.cancelled: _l("spectacle annulé"),
}


class DiscontentKind(enum.StrEnum):
    """Why someone's discontent changed."""

    run = "run"
    manual = "manual"
    #: A run was undone.
    revert = "revert"
    #: It came from elsewhere.
    imported = "imported"

    @property
    def label(self) -> LazyString:
        return _DISCONTENT_KINDS[self]


_DISCONTENT_KINDS = {
    DiscontentKind.run: _l("attribution"),
    DiscontentKind.manual: _l("à la main"),
    DiscontentKind.revert: _l("attribution défaite"),
    DiscontentKind.imported: _l("repris"),
}


class ReturnState(enum.StrEnum):
    """What became of places that someone gives back."""

    offered = "offered"
    reassigned = "reassigned"
    withdrawn = "withdrawn"

    @property
    def label(self) -> LazyString:
        return _RETURN_STATES[self]


_RETURN_STATES = {
    ReturnState.offered: _l("proposées"),
    ReturnState.reassigned: _l("réattribuées"),
    ReturnState.withdrawn: _l("reprises"),
}


class CampaignState(enum.StrEnum):
    """Where the mails of a season stand."""

    draft = "draft"
    sending = "sending"
    paused = "paused"
    done = "done"

    @property
    def label(self) -> LazyString:
        return _CAMPAIGN_STATES[self]


_CAMPAIGN_STATES = {
    CampaignState.draft: _l("à envoyer"),
    CampaignState.sending: _l("envoi en cours"),
    CampaignState.paused: _l("en pause"),
    CampaignState.done: _l("envoyée"),
}


class MailingState(enum.StrEnum):
    """What became of the mail of one recipient."""

    pending = "pending"
    #: It is being handed over: whether it left is not known yet.
    sending = "sending"
    sent = "sent"
    failed = "failed"
    skipped = "skipped"

    @property
    def label(self) -> LazyString:
        return _MAILING_STATES[self]


_MAILING_STATES = {
    MailingState.pending: _l("à envoyer"),
    MailingState.sending: _l("en cours"),
    MailingState.sent: _l("envoyé"),
    MailingState.failed: _l("échoué"),
    MailingState.skipped: _l("laissé de côté"),
}


class DocumentState(enum.StrEnum):
    """Where a PDF stands between its arrival and its pages."""

    processing = "processing"
    ready = "ready"
    failed = "failed"

    @property
    def label(self) -> LazyString:
        return _DOCUMENT_STATES[self]


_DOCUMENT_STATES = {
    DocumentState.processing: _l("en préparation"),
    DocumentState.ready: _l("prêt"),
    DocumentState.failed: _l("échoué"),
}


class BasketPayment(enum.StrEnum):
    """How someone pays for a basket."""

    cash = "cash"
    transfer = "transfer"

    @property
    def label(self) -> LazyString:
        return _BASKET_PAYMENTS[self]


_BASKET_PAYMENTS = {
    BasketPayment.cash: _l("Espèces lors du retrait"),
    BasketPayment.transfer: _l("Par virement"),
}


class BasketStatus(enum.StrEnum):
    """Where the order of a basket stands."""

    #: A visitor has to confirm it: it holds its basket for an hour.
    pending = "pending"
    confirmed = "confirmed"
    #: The day is full: it takes the next basket that comes free.
    waiting = "waiting"
    cancelled = "cancelled"

    @property
    def label(self) -> LazyString:
        return _BASKET_STATUSES[self]

    @property
    def holds_basket(self) -> bool:
        """Whether it counts among the baskets of its day."""
        return self in (BasketStatus.pending, BasketStatus.confirmed)


_BASKET_STATUSES = {
    BasketStatus.pending: _l("à confirmer"),
    BasketStatus.confirmed: _l("confirmé"),
    BasketStatus.waiting: _l("en liste d'attente"),
    BasketStatus.cancelled: _l("annulé"),
}


class TextAlignment(enum.Enum):
    """Where the text of a banner stands."""

    left = "left"
    center = "center"
    right = "right"

    @property
    def label(self) -> LazyString:
        return _ALIGNMENTS[self]


_ALIGNMENTS = {
    TextAlignment.left: _l("à gauche"),
    TextAlignment.center: _l("au centre"),
    TextAlignment.right: _l("à droite"),
}


class BannerLayout(enum.StrEnum):
    """How the icon and the text of a banner stand."""

    vertical = "vertical"
    horizontal = "horizontal"

    @property
    def label(self) -> LazyString:
        return _LAYOUTS[self]


_LAYOUTS = {
    BannerLayout.vertical: _l("l'un sous l'autre"),
    BannerLayout.horizontal: _l("côte à côte"),
}


class NotificationChannel(enum.StrEnum):
    """How someone is told."""

    #: In the site.
    bell = "bell"
    #: On their devices.
    push = "push"
    #: In the mail of the evening.
    digest = "digest"

    @property
    def label(self) -> LazyString:
        return _CHANNELS[self]


_CHANNELS = {
    NotificationChannel.bell: _l("Sur le site"),
    NotificationChannel.push: _l("Sur mes appareils"),
    NotificationChannel.digest: _l("Résumé du soir, par mail"),
}


class NotificationTopic(enum.StrEnum):
    """What someone may be told of."""

    #: What the GRIs write to everybody: nobody takes it off their bell.
    site = "site"
    internet = "internet"
    bar = "bar"
    photos = "photos"
    club_q = "club_q"
    bekk = "bekk"
    panier_bio = "panier_bio"
    theatre = "theatre"
    calendar = "calendar"

    @property
    def label(self) -> LazyString:
        return _TOPICS[self][0]

    @property
    def purpose(self) -> LazyString:
        """What it tells, in a line."""
        return _TOPICS[self][1]

    @property
    def icon(self) -> str:
        return _TOPICS[self][2]

    def default(self, channel: NotificationChannel) -> bool:
        """Whether who chose nothing is told of it there."""
        if channel is NotificationChannel.digest:
            return False
        return channel is NotificationChannel.bell or self is not NotificationTopic.calendar


_TOPICS = {
    NotificationTopic.site: (_l("Messages du site"), _l("Ce que les GRI écrivent."), "send-fill"),
    NotificationTopic.internet: (
        _l("Internet"),
        _l("La fin d'un abonnement, un paiement reçu, une suspension."),
        "wifi",
    ),
    NotificationTopic.bar: (
        _l("Bar"),
        _l("Un rechargement, un compte presque vide."),
        "cup-straw",
    ),
    NotificationTopic.photos: (_l("Photos"), _l("Vous êtes sur une photo."), "images"),
    NotificationTopic.club_q: (
        _l("Club Q"),
        _l("L'ouverture des vœux, les places obtenues."),
        "ticket-perforated-fill",
    ),
    NotificationTopic.bekk: (_l("Bekk"), _l("Un nouveau numéro."), "newspaper"),
    NotificationTopic.panier_bio: (
        _l("Panier Bio"),
        _l("Le rappel de la veille, un panier qui se libère."),
        "basket2-fill",
    ),
    NotificationTopic.theatre: (
        _l("Théâtre"),
        _l("Une nouvelle représentation."),
        "emoji-laughing-fill",
    ),
    NotificationTopic.calendar: (
        _l("Calendrier"),
        _l("Un événement nouveau, déplacé ou annulé."),
        "calendar-event-fill",
    ),
}


class AudienceKind(enum.StrEnum):
    """Whom a notification is for."""

    all = "all"
    #: Those who hold the role of the students.
    eleves = "eleves"
    #: Those whose Internet works: subscribed, or on trial.
    rez = "rez"
    #: Those who hold one of some roles.
    role = "role"
    #: Those who may open the pages of its topic.
    followers = "followers"
    #: People, one by one: the site tells them what is theirs.
    people = "people"

    @property
    def label(self) -> LazyString:
        return _AUDIENCES[self]


_AUDIENCES = {
    AudienceKind.all: _l("Tout le monde"),
    AudienceKind.eleves: _l("Les élèves"),
    AudienceKind.rez: _l("Les Rezidents qui ont Internet"),
    AudienceKind.role: _l("Ceux qui ont un rôle"),
    AudienceKind.followers: _l("Ceux que le sujet concerne"),
    AudienceKind.people: _l("Des personnes"),
}


class PushState(enum.StrEnum):
    """Where a notification stands on its way to a device."""

    pending = "pending"
    sent = "sent"
    #: The device is no more: it was removed.
    gone = "gone"
    #: It came too late, or its owner wants it no more.
    dropped = "dropped"
    #: It failed again and again: a person has to look.
    parked = "parked"

    @property
    def label(self) -> LazyString:
        return _PUSH_STATES[self]


_PUSH_STATES = {
    PushState.pending: _l("en attente"),
    PushState.sent: _l("remise"),
    PushState.gone: _l("appareil parti"),
    PushState.dropped: _l("périmée"),
    PushState.parked: _l("en échec"),
}
