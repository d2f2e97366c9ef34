"""Column types that mean the same on the three databases."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import mapped_column


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An instant: aware on both sides, stored in UTC."""

    impl = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Tenths(sa.TypeDecorator[Decimal]):
    """A decimal that is exact to a tenth: a whole number of tenths is stored."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        tenths = Decimal(value).scaleb(1)
        if tenths != tenths.to_integral_value():
            raise ValueError(f"not a whole number of tenths: {value!r}")
        return int(tenths)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-1)


#: A mass in grams.
Grams = Tenths

#: A text of any length: MariaDB's own stops at 65,535 bytes.
LongText = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def reference(target: str, **kwargs: Any) -> Any:
    """A foreign key column, indexed: every one of ours is searched by."""
    ondelete = kwargs.pop("ondelete", "RESTRICT")
    kwargs.setdefault("index", not kwargs.get("unique", False))
    return mapped_column(sa.ForeignKey(target, ondelete=ondelete), **kwargs)


#: A day of the calendar, where a column is called ``date``.
Day: TypeAlias = date
Id = Annotated[int, mapped_column(primary_key=True)]
Name = Annotated[str, mapped_column(sa.String(64))]
