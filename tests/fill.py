"""A row in every table."""

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
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
    SamlPurpose,
    Strategy,
    TokenPurpose,
    WishReason,
)
from app.models import (
    Album,
    AlbumAddress,
    Allocation,
    AnsweredRequest,
    Attempt,
    Ban,
    BanAddress,
    BankLayout,
    BankLine,
    BarClosing,
    BarDailyData,
    BarItem,
    BarTransaction,
    Bekk,
    BekkPage,
    CalendarFeed,
    Club,
    ClubQAccount,
    ClubQAttribution,
    ClubQBrochure,
    ClubQBrochurePage,
    ClubQCampaign,
    ClubQCampaignRecipient,
    ClubQDiscontent,
    ClubQPreference,
    ClubQReturn,
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSalle,
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
    InboundMail,
    InfoBanner,
    InfoBannerPreset,
    JobRun,
    JournalEntry,
    LoginSession,
    MergedAccount,
    ModuleText,
    ModuleTextVersion,
    NetworkHistory,
    NetworkSample,
    Notification,
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    NotificationRole,
    OneTimeToken,
    OrderPanierBio,
    OutboxEntry,
    PanierBioDate,
    PanierBioDisabledDay,
    Payment,
    PaymentEvent,
    PCeen,
    PeriodPanierBio,
    Photo,
    PhotoPerson,
    PhotoReport,
    PhotoTag,
    PhotoUpload,
    PushDelivery,
    PushSubscription,
    RecoveryCode,
    Rental,
    Representation,
    Role,
    RoomClaim,
    Saison,
    SamlRequest,
    SamlSeen,
    SecondFactor,
    SiteSample,
    SolvedCaptcha,
    Spectacle,
    SsoLink,
    Subscription,
    TaskRun,
    WorkerBeat,
    audit,
)


def fill(session: Session) -> PCeen:
    """Someone who has one of everything, on a database that a migration has made."""
    now = clock.now()
    gri = session.scalars(sa.select(Role).where(Role.slug == "gri")).one()
    ada = PCeen(prenom="Ada", nom="Lovelace", username="alovelac", roles=[gri])
    device = Device(pceen=ada, mac_address="3c:22:fb:00:00:01")
    session.add_all([ada, device])
    session.flush()
    session.add_all(
        [
            LoginSession(pceen=ada, method=LoginMethod.password),
            OneTimeToken(
                pceen=ada,
                purpose=TokenPurpose.invitation,
                secret_hash=tokens.digest("secret"),
                expires_at=now + timedelta(days=1),
            ),
            Attempt(bucket="bucket"),
            TaskRun(task="janitor", requested_by=ada),
            ContactMessage(name="Ada", title="Bonjour", message="Merci !", pceen=ada),
            InboundMail(
                digest="0" * 64,
                subject="Bonjour",
                sender="ada@example.org",
                recipient="gri@example.org",
                text="Merci !",
                size=300,
                is_automatic=False,
            ),
            GriCard(pceen=ada, title_fr="Présidente", title_en="President"),
            SolvedCaptcha(nonce="0" * 32, expires_at=now),
            WorkerBeat(name="here:1"),
            SiteSample(at=now),
            SamlRequest(
                request_id="_1",
                browser_hash=tokens.digest("browser"),
                purpose=SamlPurpose.login,
                next="/",
                expires_at=now,
            ),
            SamlSeen(key=tokens.digest("response"), expires_at=now),
            SsoLink(
                browser_hash=tokens.digest("browser"),
                identity={"surname": "Lovelace"},
                candidates=[ada.id],
                next="/",
                expires_at=now,
            ),
            SecondFactor(pceen=ada, kind=FactorKind.totp, name="Phone", secret="sealed"),
            RecoveryCode(pceen=ada, code_hash=tokens.digest("code")),
            MergedAccount(kept=ada, absorbed_id=ada.id + 1, copy={"kept": {}, "absorbed": {}}),
            DataExport(pceen=ada, requested_by=ada),
            AnsweredRequest(key="key"),
            Rental(
                pceen=ada,
                room_num=101,
                starts_on=clock.today(),
                open_room=101,
                open_pceen=ada.id,
            ),
            Allocation(
                device_id=device.id,
                mac_address=device.mac_address,
                room_num=101,
                rank=0,
                ip="10.0.1.1",
            ),
            Ban(pceen=ada, kind=BanKind.disciplinary, reason="test", open_key="1:disciplinary"),
            BanAddress(slot=0, device_id=device.id),
            NetworkHistory(
                mac_address=device.mac_address,
                ip="10.0.1.1",
                pceen_id=ada.id,
                room_num=101,
                kind=AddressKind.room,
            ),
            RoomClaim(
                kind=ClaimKind.claim,
                room_num=101,
                pceen_id=ada.id,
                starts_on=clock.today(),
                open_key="101:claim",
            ),
            NetworkSample(at=now, online=1),
            DhcpRun(finished_at=now, format="dhcpd", result=DhcpResult.written),
            JobRun(job="test.job", due_at=now),
            OutboxEntry(kind="test", payload={}, fingerprint="f"),
        ]
    )
    _pay(session, ada)
    _photograph(session, ada)
    _drink(session, ada)
    _go_out(session, ada)
    _community(session, ada)
    _told(session, ada)
    audit(session, "test.row.add", ada)
    session.commit()
    return ada


def _pay(session: Session, ada: PCeen) -> None:
    """Someone has paid for three months."""
    line = BankLine(hash="h", day=clock.today(), label="INTERNET", amount_cents=400)
    session.add_all([line, BankLayout(header_hash="h", layout={})])
    session.flush()
    payment = Payment(
        pceen=ada,
        offer_slug="3months",
        amount_cents=400,
        method=PaymentMethod.transfer,
        status=PaymentStatus.manual,
        payed_at=clock.now(),
        gri=ada,
        bank_line_id=line.id,
    )
    session.add(payment)
    session.flush()
    session.add_all(
        [
            Subscription(
                pceen=ada,
                offer_slug="3months",
                payment=payment,
                start=clock.today(),
                end=clock.today(),
                effective_start=clock.today(),
            ),
            PaymentEvent(
                source=EventSource.poll,
                type=PaymentType.internet,
                payment=payment,
                body="",
                outcome="accepted",
            ),
            JournalEntry(
                day=clock.today(),
                kind=EntryKind.payment,
                debit=Account.bank,
                credit=Account.internet,
                amount_cents=400,
                payment=payment,
            ),
        ]
    )
    session.flush()


def _photograph(session: Session, ada: PCeen) -> None:
    """Someone is on the one photo of an album, and would rather not be."""
    collection = Collection(dir_name="2026", name="2026")
    album = Album(collection=collection, dir_name="gala", name="Gala", nb_photos=1)
    photo = Photo(
        album=album,
        file_name="0a.jpg",
        original_name="IMG_1.JPG",
        sha256="0" * 64,
        width=4,
        height=3,
        author=ada,
        uploader=ada,
        state=PhotoState.ready,
    )
    session.add(photo)
    session.flush()
    photo.cover_of = photo.featured_of = album.id
    album.featured_of = collection.id
    session.add_all(
        [
            AlbumAddress(collection_dir="2025", album_dir="gala", album=album),
            PhotoUpload(
                token="t", album=album, uploader_id=ada.id, original_name="a.jpg", size=10_000
            ),
            PhotoTag(photo=photo, pceen=ada, tagged_by_id=ada.id),
            PhotoPerson(pceen_id=ada.id, taggable=False),
            PhotoReport(
                photo=photo,
                album=album,
                photo_name="IMG_1.JPG",
                reporter=ada,
                handler_id=ada.id,
                kind=ReportKind.me,
            ),
        ]
    )
    session.flush()


def _drink(session: Session, ada: PCeen) -> None:
    """Someone was given a biscuit at the bar; her account was opened with hers of the site."""
    today = clock.today()
    item = BarItem(name="Biscuit", price_cents=0, quantity=1)
    session.add(item)
    session.flush()
    session.add_all(
        [
            BarTransaction(
                client_id=ada.id,
                barman_id=ada.id,
                bar_day=today,
                bar_hour=20,
                type=BarKind.pay_item,
                item_id=item.id,
                item_name=item.name,
                price_cents=0,
                balance_after_cents=0,
                idempotency_key="k",
            ),
            BarDailyData(pceen_id=ada.id, bar_day=today, items_bought_count=1),
            BarClosing(
                rank=1,
                bar_day=today,
                by_id=ada.id,
                opening_cents=0,
                ledger_cents=0,
                expected_cents=0,
                counted_cents=0,
            ),
        ]
    )
    session.flush()


def _go_out(session: Session, ada: PCeen) -> None:
    """Someone wished for a place at the theatre, was granted it, and gives it back."""
    salle = ClubQSalle(nom="Théâtre du Châtelet")
    season = ClubQSeason(
        nom="Automne", promo_orga=145, rules={}, seed=b"\0" * 32, seed_commitment="0"
    )
    session.add_all([salle, season])
    session.flush()
    season.draw_seed()
    show = ClubQSpectacle(
        nom="Giselle",
        date=clock.now(),
        nb_tickets=1,
        unit_price=1500,
        season_id=season.id,
        salle_id=salle.id,
    )
    brochure = ClubQBrochure(
        season_id=season.id,
        original_name="plaquette.pdf",
        file="issue-0.pdf",
        size=9,
        sha256="0" * 64,
        page_count=1,
    )
    run = ClubQRun(
        season_id=season.id,
        author_id=ada.id,
        strategy=Strategy.fair,
        mode=RunMode.full,
        params={},
        seed_commitment=season.seed_commitment,
        active_season_id=season.id,
    )
    campaign = ClubQCampaign(season_id=season.id, author_id=ada.id, reply_to="club-q@example.org")
    session.add_all([show, brochure, run, campaign, ModuleText(slug="club_q", content="Bonjour")])
    session.flush()
    wish = ClubQVoeu(
        pceen_id=ada.id,
        spectacle_id=show.id,
        season_id=season.id,
        priorite=1,
        places_demandees=1,
    )
    session.add(wish)
    session.flush()
    session.add(ClubQAttribution(voeu_id=wish.id, places_attribuees=1, run_id=run.id))
    session.flush()
    session.add_all(
        [
            ClubQAccount(pceen_id=ada.id, discontent=Decimal("4.7")),
            ClubQSeedChange(season_id=season.id, former_commitment="0" * 64, reason="Essai"),
            ClubQPreference(pceen_id=ada.id, season_id=season.id),
            ClubQRunWish(
                run_id=run.id,
                voeu_id=wish.id,
                pceen_id=ada.id,
                spectacle_id=show.id,
                granted=1,
                reason=WishReason.full,
            ),
            ClubQRunPerson(
                run_id=run.id,
                pceen_id=ada.id,
                before=Decimal(0),
                after=Decimal("-1.7"),
                satisfaction=2520,
                served=True,
            ),
            ClubQReturn(voeu_id=wish.id, open_voeu_id=wish.id, places=1),
            ClubQDiscontent(
                pceen_id=ada.id,
                kind=DiscontentKind.manual,
                before=Decimal(0),
                delta=Decimal("4.7"),
                after=Decimal("4.7"),
                reason="Reprise",
            ),
            ClubQCampaignRecipient(campaign_id=campaign.id, pceen_id=ada.id, position=1),
            ClubQBrochurePage(brochure_id=brochure.id, revision=1, number=1, width=9, height=9),
            ModuleTextVersion(slug="club_q", version=1, content="Salut", at=clock.now()),
        ]
    )
    session.flush()


def _community(session: Session, ada: PCeen) -> None:
    """An issue of the Bekk, a basket, a performance."""
    today = clock.today()
    issue = Bekk(
        name="Le Bekk",
        name_key="le bekk",
        promo=144,
        date=today,
        original_name="bekk.pdf",
        file="issue-0.pdf",
        size=9,
        sha256="0" * 64,
        page_count=1,
    )
    period = PeriodPanierBio(start_date=today, end_date=today, active=True)
    saison = Saison(name="Saison", start_date=today)
    session.add_all([issue, period, saison])
    session.flush()
    play = Spectacle(saison_id=saison.id, name="Le Misanthrope")
    session.add(play)
    session.flush()
    session.add_all(
        [
            BekkPage(bekk_id=issue.id, revision=1, number=1, width=9, height=9),
            PanierBioDisabledDay(period_id=period.id, date=today),
            PanierBioDate(date=today, note="Courges"),
            OrderPanierBio(
                date=today,
                period_id=period.id,
                pceen_id=ada.id,
                live_pceen=ada.id,
                name="Ada Lovelace",
                service="144",
                payment_method=BasketPayment.cash,
                status=BasketStatus.confirmed,
            ),
            Representation(spectacle_id=play.id, date=clock.now()),
        ]
    )
    session.flush()


def _told(session: Session, ada: PCeen) -> None:
    """An event that a program follows, a banner, and a device that rang."""
    now, role = clock.now(), session.scalars(sa.select(Role).limit(1)).one()
    club = Club(name="Astronomie", color="#123456")
    preset = InfoBannerPreset(name="Nuit")
    session.add_all([club, preset])
    session.flush()
    told = Notification(
        topic=NotificationTopic.site, title="Salut", body="Ça va ?", target_type=AudienceKind.role
    )
    device = PushSubscription(
        pceen_id=ada.id,
        endpoint="https://push.example.org/1",
        endpoint_hash="0" * 64,
        p256dh="p",
        auth="a",
    )
    session.add_all([told, device])
    session.flush()
    session.add_all(
        [
            Event(
                uid="0" * 36,
                title="Éclipse",
                all_day=False,
                start_time=now,
                end_time=now + timedelta(hours=1),
                club_id=club.id,
                author_id=ada.id,
            ),
            CalendarFeed(pceen_id=ada.id, name="Téléphone", token_hash="0" * 64),
            InfoBanner(title="Éclipse", preset_id=preset.id, order_index=0),
            NotificationRole(notification_id=told.id, role_id=role.id),
            NotificationRecipient(notification_id=told.id, pceen_id=ada.id),
            NotificationChoice(
                pceen_id=ada.id, topic=NotificationTopic.bar, bell=True, push=False, digest=True
            ),
            NotificationHours(pceen_id=ada.id, quiet_from="22:00", quiet_until="08:00"),
            PushDelivery(notification_id=told.id, subscription_id=device.id),
        ]
    )
    session.flush()
