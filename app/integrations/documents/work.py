"""The work on PDFs itself: for the process apart alone, which has its limits by then."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Request: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]


def _clean(request: Request) -> Answer:
    from app.integrations.documents import cleaning  # noqa: PLC0415  # drawing does without

    return cleaning.clean(request)


def _draw(request: Request) -> Answer:
    from app.integrations.documents import drawing  # noqa: PLC0415  # checking does without

    return drawing.draw(request)


_ANSWERS: Mapping[str, Callable[[Request], Answer]] = {"clean": _clean, "draw": _draw}


def answer(request: Request) -> Answer:
    """What is answered to a request.

    Raises:
        DocumentRefused: One of its kinds.
        OSError: If a file cannot be read or written.
    """
    return _ANSWERS[request["do"]](request)
