"""Flask without any sign-in: 1.00."""

from flask import Flask

app = Flask(__name__)


@app.get("/token")
def token():
    return {"name": "Authorization", "value": "none"}


@app.get("/protected")
def protected():
    return {"id": "somebody"}
