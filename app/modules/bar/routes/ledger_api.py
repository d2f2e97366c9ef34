"""What the point of sale asks of the ledger (community 3.4): JSON or forms in, JSON out."""

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import context
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarTransaction
from app.modules.bar import around
from app.modules.bar.routes import bodies
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.service import money, requests, reversals, sales
from app.modules.bar.service.money import Money
from app.modules.bar.service.requests import Asked, Outcome
from app.modules.bar.service.reversals import Undoing
from app.modules.bar.service.sales import Order
from app.modules.payments.around import till


def as_json(line: BarTransaction) -> dict[str, Any]:
    """What whoever wrote a line is told of it: the same each time."""
    return {
        "transaction": {
            "id": line.id,
            "type": line.type,
            "balance_change_cents": line.balance_change_cents,
            "reverses_id": line.reverses_id,
        },
        "balance_cents": line.balance_after_cents,
        "alcohol_today": float(line.alcohol_after or 0),
        "stock": line.stock_after,
        "revert_until": line.revert_until.isoformat() if line.revert_until else None,
    }


def answer(request: Asked, act: Callable[[Session], Outcome]) -> ResponseReturnValue:
    """Do a request, once, and tell what was written."""
    outcome = requests.once(db.session(), request, act)
    headers = {"Idempotent-Replay": "true"} if outcome.is_replay else {}
    return as_json(outcome.line), 201, headers


@bp.post("/api/bar/pay/<int:pceen_id>/<int:item_id>")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def pay(pceen_id: int, item_id: int) -> ResponseReturnValue:
    """Sell something to someone."""
    price = bodies.expected(bodies.body(), "expected_price")
    order = Order(pceen_id, item_id, price)
    question = bodies.question("pay", client=pceen_id, item=item_id, price=price)
    return answer(question, lambda session: sales.sell(session, order, request=question))


@bp.post("/api/bar/top_up/<int:pceen_id>")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def top_up(pceen_id: int) -> ResponseReturnValue:
    """Write money that someone gave."""
    return _move("top_up", money.top_up, pceen_id, wants=("amount", "method"))


@bp.post("/api/bar/deposit/<int:pceen_id>")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def take_deposit(pceen_id: int) -> ResponseReturnValue:
    """Write that someone paid the caution."""
    return _move("deposit", money.take_deposit, pceen_id)


@bp.post("/api/bar/deposit/<int:pceen_id>/refund")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def give_deposit_back(pceen_id: int) -> ResponseReturnValue:
    """Write that the caution was given back."""
    return _move("deposit_refund", money.give_deposit_back, pceen_id)


@bp.post("/api/bar/refund/<int:pceen_id>")
@context.permission_only(T.all, S.bar)
@context.in_person_only
def refund(pceen_id: int) -> ResponseReturnValue:
    """Write money that was given back from a balance."""
    return _move("refund", money.refund, pceen_id, wants=("amount", "method", "reason"))


@bp.post("/api/bar/adjust/<int:pceen_id>")
@context.permission_only(T.all, S.bar)
@context.in_person_only
def adjust(pceen_id: int) -> ResponseReturnValue:
    """Put a balance right."""
    return _move("adjust", money.adjust, pceen_id, wants=("amount", "reason"))


def _move(
    what: str,
    act: Callable[..., Outcome],
    pceen_id: int,
    *,
    wants: tuple[str, ...] = (),
) -> ResponseReturnValue:
    """Move money of an account as asked."""
    sent = bodies.body()
    wanted = Money(
        client_id=pceen_id,
        amount_cents=bodies.amount(sent) if "amount" in wants else 0,
        method=bodies.method(sent, needed="method" in wants) if what != "adjust" else None,
        reason=bodies.reason(sent) if "reason" in wants else None,
        expected_cents=None if wants else bodies.expected(sent, "expected_amount"),
    )
    question = bodies.question(
        what,
        client=pceen_id,
        amount=wanted.amount_cents,
        method=wanted.method,
        reason=wanted.reason,
        expected=wanted.expected_cents,
    )
    return answer(question, lambda session: act(session, wanted, request=question))


@bp.post("/api/bar/revert_transaction/<int:number>")
@context.permission_only(T.write, S.bar)
@context.in_person_only
def revert_transaction(number: int) -> ResponseReturnValue:
    """Undo a line of the ledger."""
    why = bodies.reason(bodies.body())
    undoing = Undoing(number=number, reason=why, by_manager=around.manages())
    question = bodies.question("revert", number=number, reason=why)
    return answer(
        question,
        lambda session: reversals.reverse(session, undoing, request=question, till=till()),
    )
