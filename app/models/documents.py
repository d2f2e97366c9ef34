"""What every table of PDFs has, and every table of their pages.

The life of a document is that of ``app/integrations/documents/keeping.py``.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.enums import DocumentState
from app.models.types import Id, LongText


class DocumentColumns:
    """A PDF, and where its pages stand."""

    id: Mapped[Id]
    original_name: Mapped[str] = mapped_column(sa.String(120))
    #: The name of the file of the PDF.
    file: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    page_count: Mapped[int]
    state: Mapped[DocumentState] = mapped_column(default=DocumentState.processing)
    #: One more each time the PDF is replaced.
    revision: Mapped[int] = mapped_column(default=1)
    #: The revision whose pages are shown; ``None`` before the first is ready.
    shown_revision: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(sa.String(280))
    version: Mapped[int] = mapped_column(default=1)


class PageColumns:
    """A page of a PDF, once drawn; its document is named by the table."""

    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Pixels of the large picture.
    width: Mapped[int]
    height: Mapped[int]
    text: Mapped[str] = mapped_column(LongText, default="")
