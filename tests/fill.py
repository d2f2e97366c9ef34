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
    SamlPurpose,
    TokenPurpose,
)
from app.models import (
    Allocation,
    AnsweredRequest,
    Attempt,
    Ban,
    BanAddress,
    BankLayout,
    BankLine,
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
