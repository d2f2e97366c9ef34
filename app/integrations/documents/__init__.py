"""PDFs that people send: checked, cleaned and drawn page by page in a process apart.

Whoever sends them may mean harm: nothing of theirs is read in the process that serves pages.
"""

from app.integrations.documents import names
from app.integrations.documents.contract import (
    LARGEST,
    LONGEST_TEXT,
    MAX_PAGES,
    Busy,
    Cleaned,
    DocumentRefused,
    Encrypted,
    NotPdf,
    Page,
    TooManyPages,
    TooSlow,
    Undecodable,
)
from app.integrations.documents.running import Place, clean, draw

__all__ = [
    "LARGEST",
    "LONGEST_TEXT",
    "MAX_PAGES",
    "Busy",
    "Cleaned",
    "DocumentRefused",
    "Encrypted",
    "NotPdf",
    "Page",
    "Place",
    "TooManyPages",
    "TooSlow",
    "Undecodable",
    "clean",
    "draw",
    "names",
]
