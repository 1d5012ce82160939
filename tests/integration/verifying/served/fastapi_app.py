"""A service on FastAPI and uvicorn."""

import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI

from tigertally.verify import AccessClaims, AsyncVerifier
from tigertally.verify.fastapi import SignedIn, answer_refusals

verifier = AsyncVerifier(os.environ["URL"], os.environ["KEY"], issuer="tigertally")
app = FastAPI()
answer_refusals(app)


@app.get("/")
async def me(user: Annotated[AccessClaims, Depends(SignedIn(verifier))]) -> dict[str, str]:
    return {"user": user.user_id}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
