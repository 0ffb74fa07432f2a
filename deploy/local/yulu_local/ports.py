"""TCP ports on the loopback address."""

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port nobody listens on, and nobody is given beside the caller."""
    return free_ports(1)[0]


def free_ports(number: int) -> list[int]:
    """As many, no two alike, and none of them again while this process lives.

    The system hands a free port to whoever asks, also to the next connection out of this machine, so each is held:
    bound, without listening. Servers may have it all the same, since they bind with SO_REUSEADDR, as Linux allows.
    """
    return [_held() for _ in range(number)]


def _held() -> int:
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((LOOPBACK, 0))
    port: int = probe.getsockname()[1]
    probe.detach()  # closed by the end of the process
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a former server in TIME_WAIT do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
