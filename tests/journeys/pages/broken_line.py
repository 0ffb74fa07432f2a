"""A line between browser and portal that breaks, or stands still, in the middle of what is sent."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 65_536


class Line:
    """`origin` leads to the portal. `left`: the bytes that still pass towards it; None where the line holds.

    patient: with none left it does not break, but stands still until `left` is None again.
    """

    def __init__(self, port: int) -> None:
        self._portal = ("127.0.0.1", port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.left: int | None = None
        self.patient = False

    def serve(self) -> None:
        """Until it is closed."""
        with suppress(OSError):
            while True:
                browser, _ = self._door.accept()
                try:
                    portal = socket.create_connection(self._portal)
                except OSError:
                    browser.close()
                    raise
                for ends in ((browser, portal, True), (portal, browser, False)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _carry(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                passes = len(piece)
                if counted and self.left is not None:
                    passes = min(passes, self.left)
                    self.left -= passes
                target.sendall(piece[:passes])
                if counted and self.left == 0:
                    if not self.patient:
                        break
                    while self.left is not None:
                        time.sleep(0.02)
                    target.sendall(piece[passes:])
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def breaking_line(port: int) -> Iterator[Line]:
    line = Line(port)
    threading.Thread(target=line.serve, daemon=True).start()
    try:
        yield line
    finally:
        line.close()
