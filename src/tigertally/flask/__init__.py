"""The edge (:mod:`tigertally.web`) on Flask.

``install`` puts the routes of the contract on an application; ``signed_in`` protects yours::

    from tigertally.flask import current_claims, signed_in

    @app.get("/reports")
    @signed_in()
    def reports():
        return {"for": current_claims().user_id}
"""

from tigertally.flask.decorators import current_can, current_claims, signed_in
from tigertally.flask.extension import install
from tigertally.web.services import Services

__all__ = ["Services", "current_can", "current_claims", "install", "signed_in"]
