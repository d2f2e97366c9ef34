"""What the page of someone shows of the bar, to who looks after them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.context import Context
from app.enums import PermissionScope as S, PermissionType as T
from app.models import BarAccount, PCeen
from app.modules.bar.forms.customer import BirthDateForm
from app.modules.bar.queries import customers
from app.modules.bar.routes.customer_edit import birth_date_form


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """The account of someone at the bar."""

    account: BarAccount
    is_customer: bool
    #: Whether the visitor may open their page at the bar: there is one for clients alone.
    opens_page: bool
    #: Whether the visitor may give back what is left to who no longer comes to the bar.
    gives_money_back: bool
    gives_deposit_back: bool
    #: What corrects their birth date, for who may: never one's own.
    birth: BirthDateForm | None


def card(session: Session, visitor: Context, pceen: PCeen) -> PersonCard | None:
    """The card of the bar on the page of someone: for GRIs, and for those who serve."""
    serves = visitor.has_permission(T.write, S.bar)
    if pceen.is_erased or not (serves or visitor.is_gri):
        return None
    account = customers.account(session, pceen)
    is_customer = pceen.has_permission(T.read, S.bar)
    corrects = is_customer and not visitor.is_doas and pceen.id != visitor.me.id
    return PersonCard(
        account=account,
        is_customer=is_customer,
        opens_page=serves and is_customer,
        gives_money_back=_manages(visitor) and not is_customer and account.balance_cents > 0,
        gives_deposit_back=serves
        and not is_customer
        and (account.has_deposit or account.deposit_owed_cents > 0),
        birth=birth_date_form(account) if corrects else None,
    )


def _manages(visitor: Context) -> bool:
    return visitor.has_permission(T.all, S.bar)
