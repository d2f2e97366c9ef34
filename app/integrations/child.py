"""Programs of ours that run apart: their output, what they say, and their end."""

import json
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

#: How much is read at once.
_CHUNK = 1 << 16
#: A longer word is none.
_LONGEST_WORD = 1 << 16
#: How long what it printed last may take to arrive, in seconds.
_LAST_WORDS = 5.0


class Child:
    """A program in a process of its own, with all that it starts.

    What it prints goes to *heard*; the words of JSON that it writes in the file
    whose number is its last argument go to *told*. Its input is never written
    to, and ends with this process: that is how it knows to end too.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        heard: Callable[[bytes], object],
        told: Callable[[dict[str, Any]], object],
    ) -> None:
        self._heard, self._told = heard, told
        words, its_words = os.pipe()
        log = os.dup(2)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # a command of ours
                [*command, str(its_words), str(log)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(its_words, log),
                start_new_session=True,
            )
        except BaseException:
            os.close(words)
            raise
        finally:
            os.close(its_words)
            os.close(log)
        self._reader = threading.Thread(target=self._read, args=(words,), daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> bool:
        """Wait for its end, for so long at most; return whether it is over."""
        self._reader.join(seconds)  # what it has open, it closes when it ends
        if self._is_over():
            return True
        if not self._reader.is_alive():  # it has closed all, and goes on
            time.sleep(seconds)
        return False

    def _is_over(self) -> bool:
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def terminate(self) -> None:
        """Ask it to stop, with all that it started."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it, with all that it started."""
        self._signal(signal.SIGKILL)

    def end(self) -> int:
        """Let nothing of it live on; return its status, negative for a signal."""
        self.kill()  # before it is waited for: until then its number is nobody else's
        status = self._process.wait()
        self._reader.join(_LAST_WORDS)
        if self._process.stdin:
            self._process.stdin.close()
        return status

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self, words: int) -> None:
        """Hear what it prints, and what it says, until it has closed both."""
        printed = self._process.stdout
        assert printed is not None  # noqa: S101  # it is a pipe
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(printed.fileno(), selectors.EVENT_READ)
            selector.register(words, selectors.EVENT_READ)
            while selector.get_map():
                for key, _events in selector.select():
                    chunk = os.read(key.fd, _CHUNK)
                    if not chunk:
                        selector.unregister(key.fd)
                    elif key.fd == words:
                        rest = self._listen(rest + chunk)
                    else:
                        self._heard(chunk)
        os.close(words)
        printed.close()

    def _listen(self, said: bytes) -> bytes:
        """Tell each word that is whole; return the beginning of the next."""
        *lines, rest = said.split(b"\n")
        for line in lines:
            with suppress(ValueError):
                word = json.loads(line)
                if isinstance(word, dict):
                    self._told(word)
        return rest[:_LONGEST_WORD]


def end_with_parent() -> None:
    """Have this program, and all that it started, end when the one that started it does."""
    if os.getpgrp() != os.getpid():
        return  # it was not started apart: others would end with it
    held = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def watch() -> None:
        while os.read(held, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


class Words:
    """What such a program says to the one that started it."""

    def __init__(self, file: int) -> None:
        os.set_inheritable(file, False)  # noqa: FBT003  # the signature is theirs
        self._file = file

    def say(self, **word: Any) -> None:
        """Say one word; nothing, once nobody listens."""
        with suppress(OSError):
            os.write(self._file, json.dumps(word).encode() + b"\n")
