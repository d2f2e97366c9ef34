"""How a notification reaches a device: what it is sent, and when it is tried again."""

import json
from dataclasses import dataclass
from datetime import timedelta

#: How long after each failure it is tried again; a person has to look after the last.
DELAYS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 3600))
ATTEMPTS = len(DELAYS) + 1
#: After so long it is no news: a device that wakes up is not told.
NEWS = timedelta(hours=24)
#: The longest that push services carry, less what sealing adds, in bytes.
LONGEST = 3900


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a device shows."""

    id: int
    title: str
    body: str
    url: str
    image: str | None
    quiet: bool
    lang: str

    @property
    def tag(self) -> str:
        """What it replaces on the device, and on its way there: itself, told twice."""
        return f"n{self.id}"


def written(pushed: Pushed) -> bytes:
    """What is sent to a device, in JSON; of a text that is too long, what there is room for."""
    body, image = pushed.body, pushed.image
    while len(sent := _json(pushed, body, image)) > LONGEST and (body or image):
        if image is not None:
            image = None
        else:
            body = f"{body[: (len(body) - 1) * 3 // 4]}…" if len(body) > 8 else ""
    return sent


def _json(pushed: Pushed, body: str, image: str | None) -> bytes:
    values = {
        "id": pushed.id,
        "title": pushed.title,
        "body": body,
        "url": pushed.url,
        "image": image,
        "quiet": pushed.quiet,
        "tag": pushed.tag,
        "lang": pushed.lang,
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def is_hopeless(attempts: int) -> bool:
    """Whether a person has to look, after that many failures."""
    return attempts >= ATTEMPTS


def delay_after(attempts: int) -> timedelta:
    """How long to wait, after that many failures."""
    return DELAYS[min(attempts, len(DELAYS)) - 1]
