"""Web push: messages to the browsers of people, through the services of those who make them."""

from app.integrations.push.addresses import BadEndpoint, Endpoint
from app.integrations.push.answers import Answer, Fate
from app.integrations.push.keys import BadKeys, DeviceKeys, make as make_pair, read_device
from app.integrations.push.line import Line, Message
from app.integrations.push.rounds import Done, Parcel, Round
from app.integrations.push.service import PushService, make_push

__all__ = [
    "Answer",
    "BadEndpoint",
    "BadKeys",
    "DeviceKeys",
    "Done",
    "Endpoint",
    "Fate",
    "Line",
    "Message",
    "Parcel",
    "PushService",
    "Round",
    "make_pair",
    "make_push",
    "read_device",
]
