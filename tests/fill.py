"""A row in every table."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.enums import (
    Account,
    AddressKind,
    BanKind,
    ClaimKind,
    DhcpResult,
    EntryKind,
    EventSource,
    FactorKind,
    LoginMethod,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    PhotoState,
    ReportKind,
    SamlPurpose,
    TokenPurpose,
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
    Collection,
    ContactMessage,
    DataExport,
    Device,
    DhcpRun,
    GriCard,
    JobRun,
    JournalEntry,
    LoginSession,
    MergedAccount,
    NetworkHistory,
    NetworkSample,
    OneTimeToken,
    OutboxEntry,
    Payment,
    PaymentEvent,
    PCeen,
    Photo,
    PhotoPerson,
    PhotoReport,
    PhotoTag,
    PhotoUpload,
    RecoveryCode,
    Rental,
    Role,
    RoomClaim,
    SamlRequest,
    SamlSeen,
    SecondFactor,
    SiteSample,
    SolvedCaptcha,
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
