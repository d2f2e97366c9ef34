"""Column types that mean the same on the three databases."""

from datetime import UTC, datetime
from typing import Annotated, Any

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


def reference(target: str, **kwargs: Any) -> Any:
    """A foreign key column, indexed: every one of ours is searched by."""
    ondelete = kwargs.pop("ondelete", "RESTRICT")
    kwargs.setdefault("index", not kwargs.get("unique", False))
    return mapped_column(sa.ForeignKey(target, ondelete=ondelete), **kwargs)


Id = Annotated[int, mapped_column(primary_key=True)]
Name = Annotated[str, mapped_column(sa.String(64))]
