"""Forms that were already answered, so that sending one twice does it once."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base


class AnsweredRequest(Base):
    """A form that was accepted: sent again, it changes nothing more."""

    __tablename__ = "answered_request"

    #: The digest of the form's key and of who sent it.
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
