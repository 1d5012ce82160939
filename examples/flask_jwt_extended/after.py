"""A tutorial application on Flask-JWT-Extended: register, log in, refresh, log out."""

import os

from flask import Flask, jsonify, request
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
)
from tigertally.contrib.flask_jwt_extended import JWTManager
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET_KEY"]
jwt = JWTManager(app)

USERS = {}
TOKEN_BLOCKLIST = set()


@jwt.token_in_blocklist_loader
def is_blocked(jwt_header, jwt_payload):
    return jwt_payload["jti"] in TOKEN_BLOCKLIST


@app.post("/register")
def register():
    sent = request.get_json()
    if sent["username"] in USERS:
        return jsonify(msg="This name is taken"), 409
    USERS[sent["username"]] = generate_password_hash(sent["password"])
    return jsonify(msg="Welcome"), 201


@app.post("/login")
def login():
    sent = request.get_json()
    stored = USERS.get(sent["username"])
    if stored is None or not check_password_hash(stored, sent["password"]):
        return jsonify(msg="Wrong name or password"), 401
    return jsonify(
        access_token=create_access_token(identity=sent["username"], fresh=True),
        refresh_token=create_refresh_token(identity=sent["username"]),
    )


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    return jsonify(access_token=create_access_token(identity=get_jwt_identity()))


@app.get("/me")
@jwt_required()
def me():
    return jsonify(username=get_jwt_identity())


@app.delete("/logout")
@jwt_required()
def logout():
    TOKEN_BLOCKLIST.add(get_jwt()["jti"])
    return jsonify(msg="Goodbye")
