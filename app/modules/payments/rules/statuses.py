"""What a payment may become (network-b B5.4): every other move is ignored."""

from app.enums import PaymentStatus as S

#: From what a payment is to each thing that it may become.
_MOVES = {
    S.waiting: frozenset({S.creating}),
    #: The money was taken, whatever was thought before.
    S.accepted: frozenset({S.creating, S.waiting, S.refused, S.cancelled, S.error}),
    S.cancelled: frozenset({S.creating, S.waiting}),
    S.refused: frozenset({S.waiting}),
    S.error: frozenset({S.creating, S.waiting}),
}
#: What Lydia's states make of a payment.
_STATES = {"0": S.waiting, "1": S.accepted, "5": S.refused, "6": S.cancelled}


def may_become(status: S, target: S, *, is_revoked: bool) -> bool:
    """Whether a payment that is *status* may become *target*; a revoked one nothing."""
    return not is_revoked and status in _MOVES.get(target, ())


def of_state(code: str) -> S:
    """What a payment is, once Lydia says its state."""
    return _STATES.get(code, S.error)
