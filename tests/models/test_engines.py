"""What is the same on all databases."""

import pytest
import sqlalchemy as sa

import app.models.engines  # noqa: F401  # it listens

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("is_lost", "expected"), [(False, sa.exc.IntegrityError), (True, sa.exc.OperationalError)]
)
def test_a_connection_that_is_lost_is_one_error_whatever_drivers_call_it(
    monkeypatch: pytest.MonkeyPatch, *, is_lost: bool, expected: type[Exception]
) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE beer (name TEXT NOT NULL)")
        monkeypatch.setattr(engine.dialect, "is_disconnect", lambda *_: is_lost)

        with pytest.raises(sa.exc.DBAPIError) as caught:
            connection.exec_driver_sql("INSERT INTO beer VALUES (NULL)")

    engine.dispose()
    assert type(caught.value) is expected
    assert "NOT NULL" in str(caught.value)
    assert caught.value.connection_invalidated is is_lost
