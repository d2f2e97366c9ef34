"""What a task printed, made fit to show: text alone, never too much of it."""

import re

from flask_babel import gettext as _

#: What is kept, in bytes of UTF-8.
LONGEST = 1 << 20
#: Room for the line that says what was dropped.
_HALF = LONGEST // 2 - 256
#: What drives a terminal: colours, moves, titles.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]?"
    r"|\x9b[0-?]{0,64}[ -/]{0,8}[@-~]?"
    r"|\x1b[\]PX^_][^\x07\x1b\n]{0,256}(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]{0,8}[0-~]?"
)
#: What is no text: controls, halves of letters, what turns the text around it.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Output:
    """Gathers what a process prints: the beginning, and the end."""

    def __init__(self, half: int = _HALF) -> None:
        self._half = half
        self._head, self._tail = bytearray(), bytearray()
        #: How much was printed, in bytes.
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Take what was printed next."""
        self.size += len(chunk)
        room = self._half - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        if len(self._tail) > 2 * self._half:
            del self._tail[: -self._half]

    def text(self) -> str:
        """What is shown of it: at most 1 MiB; the middle of a longer one is dropped."""
        del self._tail[: -self._half or None]
        dropped = self.size - len(self._head) - len(self._tail)
        if not dropped:
            return _cut(cleaned(bytes(self._head + self._tail)), 2 * self._half)
        head = _cut(cleaned(bytes(self._head)), self._half)
        tail = _cut(cleaned(bytes(self._tail)), self._half, from_end=True)
        gap = _("%(count)s octets n'ont pas été gardés", count=dropped)
        return f"{head}\n[… {gap} …]\n{tail}"


def cleaned(printed: bytes) -> str:
    """The text of what was printed, without what drives a terminal."""
    text = printed.decode(errors="replace")
    lines = (_last_writing(line) for line in _ESCAPES.sub("", text).split("\n"))
    return _CONTROLS.sub("", "\n".join(lines))


def _last_writing(line: str) -> str:
    """What is left of a line that was written over, as the bars of progress are."""
    return line.rstrip("\r").rpartition("\r")[2]


def _cut(text: str, size: int, *, from_end: bool = False) -> str:
    """*text*, or as much of it as *size* bytes of UTF-8 hold."""
    encoded = text.encode()
    kept = encoded[-size:] if from_end else encoded[:size]
    return kept.decode(errors="ignore")


def end_of(text: str, size: int) -> str:
    """The last lines of *text*, at most *size* characters of them."""
    if len(text) <= size:
        return text
    end = text[-size:]
    return end.partition("\n")[2] or end
