"""FastAPI: a dependency that gives who is signed in, and shows in the API's documentation.

::

    verifier = AsyncVerifier("https://id.example.com", service_key)
    signed_in = SignedIn(verifier)

    app = FastAPI()
    answer_refusals(app)

    @app.get("/orders")
    async def orders(user: Annotated[AccessClaims, Depends(signed_in)]) -> list[str]: ...
"""

from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection, Request

from tigertally.core.tokens import AccessClaims
from tigertally.errors import TallyError
from tigertally.verify.demands import Demands
from tigertally.verify.refusals import Refusal, bearer, refusal
from tigertally.verify.tasks import AsyncVerifier


class Refused(HTTPException):
    """A caller who is not let in."""

    def __init__(self, found: Refusal) -> None:
        super().__init__(found.status, dict(found.content), dict(found.headers))
        self.found = found


class SignedIn(HTTPBearer):
    """Lets only signed-in callers through, and gives their claims.

    ``role``: the token must have it. ``permission``: one of its roles must give it. ``fresh``:
    credentials must have been entered a short while ago.
    """

    def __init__(
        self,
        verifier: AsyncVerifier,
        *,
        role: str | None = None,
        permission: str | None = None,
        fresh: bool = False,
    ) -> None:
        super().__init__(bearerFormat="JWT", auto_error=False)
        self._verify = verifier.verify
        self._demands = Demands(role, permission, fresh)

    async def __call__(self, request: HTTPConnection) -> AccessClaims:  # type: ignore[override]
        """Return who is signed in. Raises Refused."""
        headers = request.headers
        try:
            return await self._verify(bearer(headers.get("authorization")), self._demands)
        except TallyError as error:
            raise Refused(refusal(error, headers.get("accept-language"))) from None


def answer_refusals(app: FastAPI) -> None:
    """Answer refusals as the sign-in service does: ``{"code": …, "message": …}`` at the top."""

    async def answer(_: Request, error: Any) -> Response:
        return Response(error.found.body, error.found.status, dict(error.found.headers))

    app.add_exception_handler(Refused, answer)
