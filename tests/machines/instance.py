"""The service as it is served, with one view more: it answers from memory alone.

Every route of the product reads the database besides, and would hide what the feed does not know.
"""

import logging
import sys
from typing import Any

from tigertally.flask import current_claims, signed_in
from tigertally.server.compose import compose
from tigertally.server.wsgi import Binding, Service
from tigertally.settings import load_settings


class ProbedService(Service):
    """The standalone service and ``/probe``."""

    def load(self) -> Any:
        """Compose the application, in the worker."""
        app = super().load()
        app.add_url_rule("/probe", view_func=signed_in()(probe))
        return app


def probe() -> dict[str, str]:
    """Say whose session it is that lives."""
    return {"session": current_claims().session_id}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    settings = load_settings()
    compose(settings).close()
    ProbedService(settings, Binding("127.0.0.1", int(sys.argv[1]), int(sys.argv[2]))).run()
