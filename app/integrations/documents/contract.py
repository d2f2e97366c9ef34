"""What PDFs may be, what is made of them, and why one is refused."""

from dataclasses import dataclass

#: What a PDF may have (community 1.5).
LARGEST = 100_000_000
MAX_PAGES = 500
#: How long one may take to be checked and cleaned while somebody waits, and what memory it takes.
CHECK_SECONDS = 30.0
MEMORY_BYTES = 1 << 30
#: What is written of one is no larger than that, in bytes.
LARGEST_FILE = 1 << 28
#: How many pages are drawn at once, and how long that may take.
AT_ONCE = 8
DRAWING_SECONDS = 90.0
#: The width of what is drawn, in pixels; a page that is very long is narrower.
PAGE_WIDTH, PAGE_HEIGHT = 1600, 4800
SMALL_WIDTH, SMALL_HEIGHT = 480, 1440
#: A cover weighs no more than that, in bytes: a page shows dozens.
LARGEST_COVER = 60_000
#: How much of the text of a page is kept, in letters.
LONGEST_TEXT = 20_000


class DocumentRefused(Exception):
    """A PDF that cannot be taken."""

    #: Which of its pages, if some in particular: ``9-16``.
    pages: str | None = None


class NotPdf(DocumentRefused):
    """It is something else, whatever it is called."""


class Encrypted(DocumentRefused):
    """It is locked with a password, be it an empty one."""


class TooManyPages(DocumentRefused):
    """It has more pages than what is accepted, or none."""


class Undecodable(DocumentRefused):
    """It is damaged, or not whole."""


class TooSlow(DocumentRefused):
    """It took too long, or too much memory."""


class Busy(Exception):
    """Others are being looked at: it is to be tried again in a moment."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A PDF that was checked, once nothing in it acts any more."""

    pages: int
    #: In bytes.
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was drawn."""

    number: int
    #: In pixels, of the large picture.
    width: int
    height: int
    text: str
