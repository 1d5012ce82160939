"""Modules that are loaded late, by the thread that needs them first."""

import threading
from typing import Final

LOADING: Final = threading.RLock()
"""Held while a thread loads such a module. A fork waits for it (``server/forks.py``).

Python holds a lock of its own for each module that is being loaded. A child that was forked
meanwhile would wait forever: the thread that holds that lock is not there."""
