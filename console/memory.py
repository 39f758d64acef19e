"""Memory of a process: who may look into it, and what a sign-in took goes back to the system."""

import ctypes
import gc
import resource
import sys

PR_SET_DUMPABLE = 4
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8


def keep_out_of_dumps() -> None:
    """No core dump of this process, not even one that the system pipes to a program, which heeds no limit; and on Linux
    no look into its memory and environment by other processes of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def keep_what_is_loaded() -> None:
    """Have the garbage collector leave alone what stays for good: all that was loaded before the first request.

    Going through it anew costs milliseconds each time, which some request would wait for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def return_freed_memory() -> None:
    """Have glibc map large blocks one by one and keep few arenas.

    Argon2 takes 19 MiB a call; by default glibc keeps that much in the arena of each thread that ever signed a user in
    (128 MB of resident memory after a few sign-ins, against 80 MB). Elsewhere than on glibc nothing is done."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
        mallopt(M_ARENA_MAX, 2)
