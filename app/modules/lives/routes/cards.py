"""What the profile and the page of someone show of their whole account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.context import Context
from app.models import DataExport, PCeen
from app.modules.lives import queries
from app.modules.lives.forms import ExportForForm
from app.modules.lives.service import erase


@dataclass(frozen=True, slots=True)
class DataCard:
    """The archive of someone, and their erasure."""

    export: DataExport | None
    #: When they will be erased, if they are to be.
    erased_on: datetime | None
    #: Why an archive would be made for them; for GRIs.
    form: ExportForForm | None = None
    is_me: bool = False


def profile(session: Session, visitor: Context) -> DataCard | None:
    """What someone sees of it on their profile; nobody in their place."""
    if visitor.is_doas:
        return None
    return DataCard(queries.last_export(session, visitor.me), None)


def person(_session: Session, visitor: Context, pceen: PCeen) -> DataCard | None:
    """What a GRI sees of it on the page of someone."""
    if not visitor.is_gri:
        return None
    return DataCard(
        export=None,
        erased_on=erase.done_on(pceen),
        form=ExportForForm(formdata=None),
        is_me=pceen.id == visitor.me.id,
    )
