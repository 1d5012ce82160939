"""The number of files, and so of connections, that the system allows this process."""

import logging
import resource
from typing import Final

from tigertally.server.edge.limits import Limits

logger: logging.Logger = logging.getLogger("tigertally")

OWN: Final = 256
"""Files that a worker needs besides its connections: the database, pictures, pages."""

WANTED: Final = 8192


def spare_files() -> int:
    """Return how many connections may be open at once, after asking for more files."""
    most = Limits().connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):
            logger.info("the limit of open files stays at %d", soft)
    return most if soft == resource.RLIM_INFINITY else min(most, max(16, soft - OWN))
