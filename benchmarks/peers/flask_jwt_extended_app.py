"""Flask-JWT-Extended as documented: without a blocklist, or with one (``BLOCKLIST``)."""

import os
import threading

import psycopg
import redis
from flask import Flask
from flask_jwt_extended import JWTManager, create_access_token, get_jwt_identity, jwt_required

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.urandom(32).hex()
jwt = JWTManager(app)
blocklist = os.environ.get("BLOCKLIST", "")

if blocklist.startswith("redis"):
    store = redis.Redis.from_url(blocklist, decode_responses=True)

    @jwt.token_in_blocklist_loader
    def is_revoked(_header, payload):
        return store.get(payload["jti"]) is not None

elif blocklist:
    connections = {}
    with psycopg.connect(blocklist, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS blocked (jti text PRIMARY KEY)")

    @jwt.token_in_blocklist_loader
    def is_revoked(_header, payload):
        # One connection per thread, kept: as an SQL pool would give it out.
        mine = threading.get_ident()
        if mine not in connections:
            connections[mine] = psycopg.connect(blocklist, autocommit=True)
        query = "SELECT 1 FROM blocked WHERE jti = %s"
        return connections[mine].execute(query, (payload["jti"],)).fetchone() is not None


@app.get("/token")
def token():
    return {"name": "Authorization", "value": f"Bearer {create_access_token('somebody')}"}


@app.get("/protected")
@jwt_required()
def protected():
    return {"id": get_jwt_identity()}
