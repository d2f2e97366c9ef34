"""What scripts send, in JSON: what no column could hold is as if it were not JSON."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class CarefulJSON(DefaultJSONProvider):
    """Reads JSON that someone wrote by hand, perhaps."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What a text in JSON says.

        Raises:
            ValueError: If it is none, is too deep, or holds a half of a character.
        """
        try:
            found = super().loads(s, **kwargs)
            super().dumps(found, ensure_ascii=False).encode()
        except RecursionError:
            raise ValueError("too deep") from None
        return found


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    app.json = CarefulJSON(app)
