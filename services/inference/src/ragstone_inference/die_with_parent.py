"""Become another program that ends when its parent does: ``python -m ragstone_inference.die_with_parent COMMAND ...``.

The kernel is asked for it (Linux) before the program is loaded, so even a killed parent leaves no model server behind.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent ended before its child began")
    try:
        os.execvp(command[0], command)  # noqa: S606  the very purpose
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
