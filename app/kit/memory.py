"""The process's memory, as the system sees it."""

import ctypes
import gc


def give_back_memory() -> None:
    """Hand memory that is needed no longer back to the system, which takes some ten milliseconds.

    What a refused request held hangs on its traceback until the garbage is collected. And glibc keeps what lies between
    pieces that are still in use until the process ends; other C libraries have no such call.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
