"""An application on Flask-JWT-Extended: plain, or with our ``JWTManager`` (``BRIDGED``)."""

import os
import tempfile

from flask import Flask
from flask_jwt_extended import JWTManager, create_access_token, get_jwt_identity, jwt_required

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.urandom(32).hex()

if os.environ.get("BRIDGED"):
    from tigertally.contrib.flask_jwt_extended import JWTManager as BridgedManager

    app.config["TALLY_DATA_DIR"] = tempfile.mkdtemp()
    jwt = BridgedManager(app)
else:
    jwt = JWTManager(app)


@app.get("/token")
def token():
    return {"name": "Authorization", "value": f"Bearer {create_access_token('somebody')}"}


@app.get("/protected")
@jwt_required()
def protected():
    return {"id": get_jwt_identity()}
