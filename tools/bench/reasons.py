"""Why a target is out of reach, for those that are: docs/adr/0031 tells what was tried."""

from collections.abc import Mapping

#: By the name of the figure.
REASONS: Mapping[str, str] = {
    "floor against a bare view": "a session, a statement, a token, menus, a journal and headers"
    " that a bare view has not (ADR 31)",
    "upload of a photo, but the disk's own time": "what is sent is decoded before it is accepted,"
    " in a process of its own without rights (ADR 19, 31)",
}
