"""Every table says what becomes of people in it: whoever adds one is told here."""

import pytest
import sqlalchemy as sa

from app.models import Base, PCeen
from app.models.personal import CARE, NUMBERS, OF_NOBODY, WRITTEN

pytestmark = pytest.mark.once

TABLES = Base.metadata.tables
ADD = "declare it in app/models/personal.py: what an archive, a merge and an erasure make of it"


def references() -> set[tuple[str, str]]:
    """Every reference to an account: its table, and its column."""
    return {
        (table.name, key.parent.name)
        for table in TABLES.values()
        for key in table.foreign_keys
        if key.column is PCeen.__table__.c.id
    }


def test_every_table_tells_of_people_or_of_nobody() -> None:
    known = [*CARE, *OF_NOBODY]

    assert sorted(set(TABLES) - set(known)) == [], ADD
    assert sorted(known) == sorted(set(known) & set(TABLES)), "a table is gone, or is there twice"


def test_every_reference_to_an_account_has_a_fate() -> None:
    declared = {(name, column) for name, care in CARE.items() for column in care.refers}

    assert sorted(references() - declared) == [], ADD
    assert sorted(declared - references()) == [], "no such reference"


@pytest.mark.parametrize("name", CARE)
def test_every_column_is_personal_or_is_not(name: str) -> None:
    care, columns = CARE[name], {column.name for column in TABLES[name].columns}
    said = [*care.personal, *care.inner]

    assert sorted(columns - set(said)) == [], ADD
    assert sorted(said) == sorted(set(said) & columns)
    assert set(care.emptied) <= columns
    assert set(care.shows(PCeen(prenom="A", nom="B"))) <= set(care.personal)


@pytest.mark.parametrize("name", CARE)
def test_no_archive_shows_a_secret(name: str) -> None:
    secret = {"token_hash", "secret_hash", "secret", "password_hash", "code_hash", "public_key"}

    assert not secret & set(CARE[name].personal)


def test_what_has_to_be_filled_is_not_emptied_with_nothing() -> None:
    wrong = [
        f"{name}.{column}"
        for name, care in CARE.items()
        for column, value in care.emptied.items()
        if value is None and not TABLES[name].c[column].nullable
    ]

    assert wrong == []


def test_every_number_that_is_no_reference_is_known() -> None:
    numbers = {
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if not column.foreign_keys
        and not column.primary_key
        and (column.name.endswith("_id") or "pceen" in column.name)
    }
    words = {
        "data_export.requested_by_id",
        "saml_request.request_id",
        "second_factor.credential_id",
    }
    words |= {"bar_item.counted_from_id"}  # a line of the ledger of the bar
    words |= {f"club_q_run.{name}_id" for name in ("active_season", "adopted_season", "task_run")}
    words |= {"club_q_return.open_voeu_id", "club_q_run_wish.spectacle_id"}
    words |= {"club_q_discontent.run_id", "club_q_discontent.season_id"}
    lydia = {"payment.lydia_transaction_id", "payment_event.request_id"}
    lydia |= {"payment_event.transaction_id", "audit_event.request_id", "audit_head.told_id"}

    assert sorted(numbers - set(NUMBERS) - words - lydia) == [], ADD
    assert sorted(set(NUMBERS) - numbers) == []


def test_words_are_looked_for_where_people_write() -> None:
    for name, columns in WRITTEN.items():
        for column in columns:
            type_ = TABLES[name].c[column].type
            assert isinstance(type_, sa.String | sa.Text | sa.JSON)
    held = {name for name, care in CARE.items() if care.hold}
    kept = {
        f"{name}.{column.name}"
        for name, care in CARE.items()
        for column in TABLES[name].columns
        if not care.is_deleted
        and name not in held
        and isinstance(column.type, sa.String)
        and not isinstance(column.type, sa.Enum)
        and column.name not in {*care.emptied, *WRITTEN.get(name, ())}
    }
    # written by the site, or by Lydia: they name nobody
    assert kept == {
        *("pceen.username", "pceen.prenom", "pceen.nom"),  # given again
        *("subscription.offer_slug", "payment.offer_slug", "payment.order_ref"),
        *("payment.lydia_uuid", "payment.lydia_request_id", "payment.lydia_transaction_id"),
        "bar_account.qr_code",
        *("payment.idempotency_key", "ban.open_key", "room_claim.open_key", "bank_line.hash"),
        *("photo.file_name", "photo.sha256", "photo.placeholder", "photo.cover_name"),
        "photo_report.locale",
        *(f"club_q_run.{name}" for name in ("input", "input_hash", "result", "result_hash")),
        *(f"club_q_run.{name}" for name in ("log", "replaced", "seed_commitment", "code_version")),
        *("club_q_run.solver_name", "club_q_run.solver_version"),
        *("club_q_campaign.link_sav", "club_q_seed_change.former_commitment"),
        *("event.uid", "event.series"),
        *("notification.url", "notification.image", "notification.key"),
        *("module_text.slug", "module_text_version.slug"),
        *("task_run.task", "task_run.active_key", "task_run.worker", "task_run.incident"),
    }, ADD
