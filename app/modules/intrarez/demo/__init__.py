"""The residence of the demonstration: its rooms and devices, and what people paid."""

from sqlalchemy.orm import Session

from app.modules.intrarez.demo import money, network
from app.web.module import Demo

#: How many things that is, in a school of full size.
WEIGHT = network.TENANTS + network.FORMER + network.DEVICES + money.PEOPLE


def load(session: Session, demo: Demo) -> None:
    """Write all of it."""
    network.load(session, demo)
    money.load(session, demo)
