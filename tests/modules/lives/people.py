"""Someone who has one of everything, whose name is written everywhere."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.enums import (
    Account,
    AddressKind,
    AudienceKind,
    BanKind,
    BarKind,
    BasketPayment,
    BasketStatus,
    ClaimKind,
    DhcpResult,
    DiscontentKind,
    EntryKind,
    EventSource,
    FactorKind,
    LoginMethod,
    NotificationTopic,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    PhotoState,
    ReportKind,
    RunMode,
    RunStatus,
    SamlPurpose,
    Strategy,
    TaskState,
    TokenPurpose,
    WishReason,
)
from app.models import (
    Album,
    Allocation,
    Ban,
    BanAddress,
    BankLine,
    BarAccount,
    BarDailyData,
    BarItem,
    BarTransaction,
    CalendarFeed,
    Club,
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
    ClubQSpectacle,
    ClubQVoeu,
    Collection,
    ContactMessage,
    DataExport,
    Device,
    DhcpRun,
    Event,
    GriCard,
    JobRun,
    JournalEntry,
    LoginSession,
    MergedAccount,
    ModuleText,
    ModuleTextVersion,
    NetworkHistory,
    Notification,
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    OneTimeToken,
    OrderPanierBio,
    OutboxEntry,
    Payment,
    PaymentEvent,
    PCeen,
    PeriodPanierBio,
    Permission,
    Photo,
    PhotoPerson,
    PhotoReport,
    PhotoTag,
    PhotoUpload,
    PushDelivery,
    PushSubscription,
    RecoveryCode,
    Rental,
    Role,
    RoomClaim,
    SamlRequest,
    SecondFactor,
    SsoLink,
    Subscription,
    TaskRun,
    audit,
)
from tests.factories import PCeenFactory, RoleFactory

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What tells someone from anybody else."""

    prenom: str = "Zéphyrine"
    nom: str = "Wxyzkvist"
    username: str = "zwxyzkvi"
    email: str = "zephyrine.wxyzkvist@example.org"
    espci_email: str | None = "z.wx77@espci.psl.eu"
    subject: str | None = "subject-wxyz-77"
    mac: str = "3e:a7:5c:91:0d:e4"
    #: A device that they no longer have.
    former_mac: str = "3e:a7:5c:91:0d:e5"
    address: str = "198.51.100.77"
    #: A number that is nobody else's, for what is unique.
    rank: int = 7

    @property
    def full_name(self) -> str:
        return f"{self.prenom} {self.nom}"


HERS = Traits()


def spelled(mac: str) -> list[str]:
    """The ways in which a hardware address is written."""
    digits = mac.replace(":", "")
    return [mac, mac.replace(":", "-"), digits, ".".join(digits[i : i + 4] for i in (0, 4, 8))]


def somebody(traits: Traits = HERS, **columns: Any) -> PCeen:
    """Their account, with a role of their own."""
    issuer = "https://idp.example.org" if traits.subject else None
    return PCeenFactory(
        prenom=traits.prenom,
        nom=traits.nom,
        username=traits.username,
        email=traits.email,
        espci_email=traits.espci_email,
        sso_issuer=issuer,
        sso_subject=traits.subject,
        espci_sso_enabled=issuer is not None,
        roles=[RoleFactory.build(name=f"role of {traits.rank}")],
        **columns,
    )


def settle(session: Session, who: PCeen, gri: PCeen, traits: Traits = HERS) -> None:
    """Give someone a row in every table, looked after by *gri*, and write their name all over."""
    _account(session, who, gri, traits)
    _network(session, who, gri, traits)
    _money(session, who, gri, traits)
    _photos(session, who, gri, traits)
    _bar(session, who, gri, traits)
    _club_q(session, who, gri, traits)
    _baskets(session, who, gri, traits)
    _told(session, who, gri, traits)
    _words(session, who, gri, traits)
    session.commit()


def open_rental(who: PCeen, room_num: int) -> Rental:
    """A room that they have."""
    return Rental(
        pceen_id=who.id,
        room_num=room_num,
        starts_on=clock.today(),
        open_room=room_num,
        open_pceen=who.id,
    )


def _account(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    now, rank = clock.now(), traits.rank
    aimed = Permission(type="read", scope="pceen", ref_id=who.id)
    session.add_all(
        [
            Role(name=f"looks after {rank}", permissions=[aimed]),
            LoginSession(
                pceen=who, method=LoginMethod.password, address=traits.address, user_agent="x"
            ),
            LoginSession(
                pceen=gri,
                method=LoginMethod.password,
                doas_id=who.id,
                doas_reason=f"aider {traits.full_name}",
                doas_since=now,
            ),
            OneTimeToken(
                pceen=who,
                purpose=TokenPurpose.confirm_email,
                secret_hash=tokens.digest(f"secret {rank}"),
                data={"email": traits.email},
                expires_at=now + DAY,
            ),
            SecondFactor(pceen=who, kind=FactorKind.totp, name=traits.nom, secret="sealed"),
            RecoveryCode(pceen=who, code_hash=tokens.digest(f"code {rank}")),
            GriCard(pceen=who, title_fr="Présidente", discord=traits.username),
            GriCard(pceen=gri) if rank == HERS.rank else Role(name=f"none {rank}"),
            ContactMessage(
                pceen=who, name=traits.full_name, title="Bonjour", message=f"Signé {traits.nom}"
            ),
            ContactMessage(
                name="?", email=traits.email, title="Encore", message=traits.nom, handled_by=who
            ),
            MergedAccount(
                kept_id=who.id, absorbed_id=1_000_000 + rank, copy={"absorbed": {"nom": traits.nom}}
            ),
            MergedAccount(kept_id=gri.id, absorbed_id=2_000_000 + rank, merged_by_id=who.id),
            DataExport(pceen_id=who.id, requested_by_id=gri.id, reason=traits.nom, failed_at=now),
            DataExport(pceen_id=gri.id, requested_by_id=who.id, failed_at=now),
            TaskRun(
                task="accounts.export",
                requested_by=who,
                params={"person": who.id, "why": traits.full_name},
                state=TaskState.done,
            ),
        ]
    )
    gri.disabled_by_id = who.id
    session.flush()


def _network(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    now, today, rank = clock.now(), clock.today(), traits.rank
    device = Device(pceen=who, mac_address=traits.mac, name=f"Portable de {traits.prenom}")
    session.add(device)
    session.flush()
    session.add_all(
        [
            Rental(
                pceen_id=who.id,
                room_num=700 + rank,
                starts_on=today - 9 * DAY,
                ends_on=today,
                closed_at=now,
            ),
            RoomClaim(
                kind=ClaimKind.claim,
                room_num=700 + rank,
                pceen=who,
                starts_on=today,
                message=f"C'est {traits.nom}",
                note=traits.nom,
                open_key=f"{700 + rank}:claim",
            ),
            RoomClaim(
                kind=ClaimKind.contest,
                room_num=700 + rank,
                pceen=gri,
                decided_by=who,
                starts_on=today,
                message=f"{traits.nom} {traits.prenom} a pris ma chambre",
            ),
            Allocation(
                mac_address=traits.former_mac,
                room_num=700 + rank,
                rank=9,
                ip=f"10.7.{rank}.9",
                ended_at=now,
            ),
            Allocation(
                device_id=device.id,
                mac_address=traits.mac,
                room_num=700 + rank,
                rank=3,
                ip=f"10.7.{rank}.3",
                ended_at=now,
            ),
            BanAddress(slot=rank, device_id=device.id),
            *(
                NetworkHistory(
                    mac_address=mac,
                    ip=f"10.7.{rank}.3",
                    pceen_id=who.id,
                    room_num=700 + rank,
                    kind=AddressKind.room,
                    ended_at=now,
                )
                for mac in (traits.mac, traits.former_mac)
            ),
            Ban(
                pceen=who,
                kind=BanKind.disciplinary,
                reason=f"Bruit, {traits.nom}",
                message=f"Chère {traits.prenom}",
                open_key=f"{who.id}:disciplinary",
                ends_at=now + rank * DAY,
            ),
            Ban(
                pceen=gri,
                kind=BanKind.disciplinary,
                reason="test",
                message=f"Plainte de {traits.full_name}",
                created_by=who,
                ended_by=who,
                ended_at=now,
            ),
        ]
    )
    session.flush()


def _money(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    today, now, rank = clock.today(), clock.now(), traits.rank
    lines = [
        BankLine(hash=f"{rank}-a", day=today, label=f"VIR MME {traits.nom}", amount_cents=400),
        BankLine(
            hash=f"{rank}-b",
            day=today,
            label=f"INTERNET {traits.username.upper()} 3MONTHS",
            amount_cents=700,
            imported_by_id=who.id,
        ),
    ]
    session.add_all(lines)
    session.flush()
    paid = Payment(
        pceen=who,
        offer_slug="3months",
        amount_cents=400,
        method=PaymentMethod.transfer,
        status=PaymentStatus.manual,
        payed_at=now,
        gri=gri,
        bank_line_id=lines[0].id,
        reason=f"au nom de {traits.full_name}",
    )
    recorded = Payment(
        pceen=gri,
        offer_slug="3months",
        amount_cents=400,
        method=PaymentMethod.cash,
        status=PaymentStatus.cancelled,
        payed_at=now,
        revoked_at=now,
        revoked_by=who,
        gri=who,
        revoked_why=f"payé par {traits.full_name}",
    )
    session.add_all([paid, recorded])
    session.flush()
    session.add_all(
        [
            Subscription(
                pceen=who,
                offer_slug="_first",
                start=today - 60 * DAY,
                end=today - 59 * DAY,
                effective_start=today - 60 * DAY,
                welcome_of=who.id,
                welcome_mac=traits.mac,
            ),
            Subscription(
                pceen=who,
                offer_slug="3months",
                payment=paid,
                start=today - rank * DAY,
                end=today + 90 * DAY,
                effective_start=today - rank * DAY,
            ),
            PaymentEvent(
                source=EventSource.poll,
                type=PaymentType.internet,
                payment=paid,
                body=traits.nom,
                outcome="accepted",
                settled_by=who,
                settled_note=f"vu avec {traits.full_name}",
            ),
            JournalEntry(
                day=today,
                kind=EntryKind.payment,
                debit=Account.bank,
                credit=Account.internet,
                amount_cents=400,
                payment=paid,
                label=traits.nom,
                by_id=who.id,
            ),
        ]
    )
    session.flush()


def _photos(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    rank = traits.rank
    collection = Collection(dir_name=f"c{rank}", name="2026", visible=True)
    album = Album(collection=collection, dir_name="gala", name="Gala", nb_photos=1, visible=True)
    photo = Photo(
        album=album,
        file_name=f"{rank}.jpg",
        original_name=f"{traits.nom}.jpg",
        sha256=tokens.digest(f"photo {rank}"),
        width=4,
        height=3,
        author=who,
        uploader=who,
        state=PhotoState.ready,
        caption=f"{traits.full_name} au gala",
    )
    signed = Photo(
        album=album,
        file_name=f"{rank}b.jpg",
        original_name="a.jpg",
        sha256=tokens.digest(f"signed {rank}"),
        width=4,
        height=3,
        author_str=traits.full_name,
    )
    session.add_all([photo, signed])
    session.flush()
    about = {"photo": photo, "album": album, "photo_name": "a.jpg", "kind": ReportKind.other}
    session.add_all(
        [
            PhotoUpload(
                token=f"t{rank}", album=album, uploader_id=who.id, original_name="b.jpg", size=9
            ),
            PhotoTag(photo=photo, pceen=who, tagged_by_id=gri.id),
            PhotoTag(photo=photo, pceen=gri, tagged_by_id=who.id),
            PhotoPerson(pceen_id=who.id, taggable=False),
            PhotoReport(**about, reporter=who, handler=gri, reason=traits.nom, answer="non"),
            PhotoReport(**about, reporter=gri, handler=who, reason=traits.full_name),
            PhotoReport(**about, email=traits.email, reason="je ne veux pas"),
        ]
    )
    session.flush()


def _baskets(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    """A basket that they took, and one that they ordered for somebody."""
    day = clock.today() - timedelta(days=30 + traits.rank)
    period = PeriodPanierBio(start_date=day, end_date=day)
    session.add(period)
    session.flush()
    basket = {
        "date": day,
        "period_id": period.id,
        "service": str(traits.rank),
        "payment_method": BasketPayment.cash,
        "status": BasketStatus.confirmed,
    }
    session.add_all(
        [
            OrderPanierBio(
                **basket,
                pceen=who,
                live_pceen=who.id,
                name=traits.full_name,
                phone_number="0612345678",
                comment=f"Pour {traits.full_name}",
            ),
            OrderPanierBio(**basket, pceen=gri, live_pceen=None, name=gri.full_name, by_id=who.id),
        ]
    )
    session.flush()


def _told(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    """What they announce, what they were told, and the device that rang."""
    now, rank = clock.now(), traits.rank
    club = Club(name=f"Club {rank}")
    session.add(club)
    session.flush()
    moment = {"all_day": False, "start_time": now, "end_time": now + timedelta(hours=1)}
    told = Notification(
        topic=NotificationTopic.site,
        title=f"De {traits.full_name}",
        body="Ça va ?",
        target_type=AudienceKind.people,
        sender_id=who.id,
    )
    device = PushSubscription(
        pceen_id=who.id,
        endpoint=f"https://push.example.org/{rank}",
        endpoint_hash=tokens.digest(f"device {rank}"),
        p256dh="p",
        auth="a",
    )
    session.add_all([told, device])
    session.flush()
    session.add_all(
        [
            Event(
                **moment,
                uid=f"{rank:036}",
                title=f"Chez {traits.full_name}",
                location=f"Chez {traits.full_name}",
                club_id=club.id,
                author_id=who.id,
            ),
            Event(
                **moment,
                uid=f"{rank + 1000:036}",
                title="Éclipse",
                club_id=club.id,
                author_id=gri.id,
                by_id=who.id,
            ),
            CalendarFeed(
                pceen_id=who.id, name="Téléphone", token_hash=tokens.digest(f"feed {rank}")
            ),
            NotificationRecipient(notification_id=told.id, pceen_id=who.id, read_at=now),
            NotificationChoice(
                pceen_id=who.id, topic=NotificationTopic.bar, bell=True, push=False, digest=True
            ),
            NotificationHours(pceen_id=who.id, quiet_from="22:00", quiet_until="08:00"),
            PushDelivery(notification_id=told.id, subscription_id=device.id),
        ]
    )
    session.flush()


def _words(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    """What others wrote of them, and what was sent to them."""
    now, rank = clock.now(), traits.rank
    _colons, dashed, _digits, dotted = spelled(traits.mac.upper())
    session.add_all(
        [
            _sent(rank, "to them", {"to": traits.email, "prenom": traits.prenom}, traits.email),
            _sent(
                *(rank, "waits", {"to": traits.email, "locale": "fr"}, traits.email),
                kind="account.password_changed",
                sent_at=None,
            ),
            _sent(rank, "of them", {"name": traits.full_name, "deep": [traits.email.upper()]}, "g"),
            _sent(
                *(rank, "former", {"text": " ".join(spelled(traits.former_mac)).upper()}, "g"),
            ),
            _sent(rank, "chat", {"text": f"{dotted} {traits.mac.replace(':', '')}"}, "g"),
            TaskRun(
                task="dhcp.diff",
                state=TaskState.failed,
                output=f"- {dashed}\n+ {traits.username}",
                message=traits.email,
                error=f"nothing for {traits.username}",
                reason=f"pour {traits.full_name}",
            ),
            DhcpRun(
                finished_at=now, format="dhcpd", result=DhcpResult.failed, error=f"bad {dotted}"
            ),
            JobRun(job=f"test.{rank}", due_at=now, error=f"KeyError: {traits.username}"),
            SamlRequest(
                request_id=f"_{rank}",
                browser_hash=tokens.digest("browser"),
                purpose=SamlPurpose.login,
                next="/",
                expires_at=now + DAY,
                identity={"mail": [traits.espci_email], "name": traits.full_name},
            ),
            SsoLink(
                browser_hash=tokens.digest(f"link {rank}"),
                identity={"subject": traits.subject, "mail": traits.email},
                candidates=[who.id],
                next="/",
                expires_at=now + DAY,
            ),
            ContactMessage(
                name="Une voisine",
                title=f"À propos de {traits.full_name}",
                message=f"Elle s'appelle {traits.nom.upper()} {traits.prenom}.",
            ),
        ]
    )
    other = PCeenFactory(disabled_at=now, disabled_reason=f"double de {traits.username}")
    audit(session, "account.pceen.change", who, before={"nom": traits.nom})
    audit(session, "account.pceen.change", other)
    session.flush()


def _sent(
    rank: int, key: str, payload: dict[str, object], to: str, **columns: object
) -> OutboxEntry:
    values = {"sent_at": clock.now(), "kind": f"test.{key}", **columns}
    fingerprint = tokens.digest(f"{rank} {key}")
    return OutboxEntry(payload=payload, fingerprint=fingerprint, lane=f"mail:{to}", **values)


def _bar(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    """A beer that someone paid all that they had for, and one that they served."""
    today, rank = clock.today(), traits.rank
    account = session.get_one(BarAccount, who.id)
    account.call(f"Reine {traits.nom}")
    account.birth_date, account.alert_cents = today - 8000 * DAY, 500
    account.avatar = f"{rank}.webp"
    item = BarItem(name=f"Pinte {rank}", price_cents=350, quantity=9)
    session.add(item)
    session.flush()
    session.add_all(
        [
            BarTransaction(
                client_id=who.id,
                barman_id=gri.id,
                bar_day=today,
                bar_hour=20,
                type=BarKind.top_up,
                balance_change_cents=350,
                balance_after_cents=350,
                idempotency_key=tokens.digest(f"bar top-up {rank}"),
            ),
            BarTransaction(
                client_id=who.id,
                barman_id=gri.id,
                bar_day=today,
                bar_hour=20,
                type=BarKind.pay_item,
                item_id=item.id,
                item_name=item.name,
                price_cents=350,
                stock_change=-1,
                balance_change_cents=-350,
                balance_after_cents=0,
                idempotency_key=tokens.digest(f"bar sale {rank}"),
            ),
            BarTransaction(
                barman_id=who.id,
                bar_day=today,
                bar_hour=21,
                type=BarKind.stock,
                item_id=item.id,
                item_name=item.name,
                stock_change=9,
                idempotency_key=tokens.digest(f"bar stock {rank}"),
            ),
            BarDailyData(
                pceen_id=who.id, bar_day=today, total_spent_cents=350, items_bought_count=1
            ),
        ]
    )


def _club_q(session: Session, who: PCeen, gri: PCeen, traits: Traits) -> None:
    """A place at the opera, in a season that they organised too."""
    rank = traits.rank
    season = ClubQSeason(
        nom=f"Saison {rank}",
        promo_orga=145,
        rules={},
        seed=bytes(32),
        seed_commitment="0" * 64,
        attributions_visible=True,
    )
    session.add(season)
    session.flush()
    show = ClubQSpectacle(
        nom=f"Tosca {rank}", date=clock.now(), nb_tickets=2, unit_price=1500, season_id=season.id
    )
    run = ClubQRun(
        season_id=season.id,
        author_id=who.id,
        adopted_at=clock.now(),
        adopted_by_id=who.id,
        reverted_by_id=who.id,
        adopted_season_id=season.id,
        status=RunStatus.adopted,
        strategy=Strategy.fair,
        mode=RunMode.full,
        params={},
        seed_commitment=season.seed_commitment,
        note=f"Demandé par {traits.full_name}",
    )
    campaign = ClubQCampaign(season_id=season.id, author_id=who.id, reply_to="q@example.org")
    session.add_all([show, run, campaign])
    session.flush()
    wish = ClubQVoeu(
        pceen_id=who.id,
        spectacle_id=show.id,
        season_id=season.id,
        priorite=1,
        places_demandees=2,
        edited_by_id=who.id,
    )
    session.add(wish)
    session.flush()
    session.add(
        ClubQAttribution(
            voeu_id=wish.id,
            places_attribuees=2,
            set_by_id=who.id,
            note=f"Pour {traits.nom}",
        )
    )
    slug = f"texte_{rank}"
    session.add(ModuleText(slug=slug, content="Bonjour", updated_by_id=who.id))
    session.flush()
    session.add_all(
        [
            ClubQAccount(pceen_id=who.id, discontent=Decimal("1.5")),
            ClubQPreference(pceen_id=who.id, season_id=season.id, budget=5000),
            ClubQReturn(voeu_id=wish.id, open_voeu_id=wish.id, places=1),
            ClubQRunWish(
                run_id=run.id,
                voeu_id=wish.id,
                pceen_id=who.id,
                spectacle_id=show.id,
                granted=2,
                reason=WishReason.full,
            ),
            ClubQRunPerson(
                run_id=run.id,
                pceen_id=who.id,
                before=Decimal("1.5"),
                after=Decimal("-4.5"),
                satisfaction=2520,
                served=True,
            ),
            ClubQDiscontent(
                pceen_id=who.id,
                actor_id=who.id,
                kind=DiscontentKind.manual,
                before=Decimal(0),
                delta=Decimal("1.5"),
                after=Decimal("1.5"),
                reason="Reprise de la saison passée",
            ),
            ClubQCampaignRecipient(campaign_id=campaign.id, pceen_id=who.id, position=1),
            ClubQSeedChange(
                season_id=season.id,
                former_commitment="1" * 64,
                reason=f"{traits.full_name} s'est trompé",
                by_id=who.id,
            ),
            ModuleTextVersion(slug=slug, version=1, content="Salut", at=clock.now(), by_id=who.id),
        ]
    )
    session.flush()
