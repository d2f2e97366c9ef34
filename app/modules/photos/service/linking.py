"""Giving the files of photos a second name, or a second place, before they leave the first."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.files import sync
from app.integrations.photo_store import PhotoStore
from app.modules.photos.service.photos import Transfer


@contextmanager
def linking(store: PhotoStore) -> Iterator["Links"]:
    """Take back the second names that were given in the block, if it fails."""
    links = Links(store)
    try:
        yield links
    except BaseException:
        links.undo()
        raise


class Links:
    """The second names that were given."""

    def __init__(self, store: PhotoStore) -> None:
        self._store = store
        self._made: list[Path] = []

    def make(self, transfer: Transfer) -> None:
        """Have the files of photos under both names; a preview that is missing stays so.

        Raises:
            OSError: If the disk does not let us, or lacks a photo: its album is on its way.
        """
        store, before, after = self._store, transfer.before, transfer.after
        for name, new_name in transfer.names.items():
            stem, new_stem = (one.rpartition(".")[0] for one in (name, new_name))
            self._link(store.large(*before, stem), store.large(*after, new_stem))
            self._link(store.thumb(*before, stem), store.thumb(*after, new_stem))
            original = store.original(*before, name)
            if not original.is_file():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(original))
            self._link(original, store.original(*after, new_name))
        for directory in {path.parent for path in self._made}:
            sync(directory)

    def undo(self) -> None:
        """Take them back."""
        for path in self._made:
            path.unlink(missing_ok=True)

    def _link(self, source: Path, target: Path) -> None:
        if not source.is_file():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # of a move that was cut short
        try:
            target.hardlink_to(source)
        except OSError:  # some file systems have no such links
            shutil.copy2(source, target)
        self._made.append(target)
