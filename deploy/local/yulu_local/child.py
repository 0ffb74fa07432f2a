"""`python -m yulu_local.child [--owner PATH] -- COMMAND…`: becomes COMMAND, as a child that never outlives its parent.

With --owner and started as root, it first becomes the ordinary user who owns PATH (PostgreSQL refuses to run as root).
That user keeps one right of root, CAP_DAC_OVERRIDE, as an ambient capability: a checkout under /root or in a 0700
directory could not even be entered without it, and PostgreSQL has no setting for such a place.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_SETPCAP = 8
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def wrap(command: Sequence[str | Path], *, owner: Path | None = None) -> list[str]:
    """The command line that runs `command` through this module."""
    as_owner = [] if owner is None else ["--owner", str(owner)]
    return [sys.executable, "-m", "yulu_local.child", *as_owner, "--", *map(str, command)]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc(), name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def _become_owner(path: Path) -> None:
    owner = path.stat()
    if owner.st_uid == 0:
        raise PermissionError(f"{path} must belong to an ordinary user")
    header = _Header(_CAPABILITY_VERSION_3, 0)
    data = (_Data * 2)()
    _call("capget", ctypes.byref(header), data)
    kept = data[0].permitted & (1 << _CAP_DAC_OVERRIDE)
    if data[0].permitted & (1 << _CAP_SETPCAP):
        # access(2) otherwise ignores an ordinary user's capabilities, and initdb asks it whether postgres is there.
        _call("prctl", _PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    _call("prctl", _PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    data[0] = _Data(kept, kept, kept)
    data[1] = _Data(0, 0, 0)
    _call("capset", ctypes.byref(header), data)
    if kept:  # a container may lack it; then the directories must be open to others
        _call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def main(arguments: list[str]) -> None:
    split = arguments.index("--")
    options, command = arguments[:split], arguments[split + 1 :]
    parent = os.getppid()
    if options and os.geteuid() == 0:
        _become_owner(Path(options[1]))
    if sys.platform == "linux":
        # After setuid: a change of user clears it. SIGINT, not SIGTERM: PostgreSQL's "fast" shutdown.
        _call("prctl", _PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        # A shell's background job (`make run &` in a script) ignores SIGINT, and so would Java for ever after.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if os.getppid() != parent:
            sys.exit("the parent ended first")
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
