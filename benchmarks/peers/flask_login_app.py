"""Flask-Login with sessions kept in Redis."""

import os

import redis
from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_session import Session

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.urandom(32),
    SESSION_TYPE="redis",
    SESSION_REDIS=redis.Redis.from_url(os.environ["BLOCKLIST"]),
)
Session(app)
manager = LoginManager(app)


class User(UserMixin):
    def __init__(self, user_id):
        self.id = user_id


@manager.user_loader
def load(user_id):
    return User(user_id)


@app.get("/token")
def token():
    login_user(User("somebody"))
    return {"name": "Cookie", "value": ""}  # the answer sets it


@app.get("/protected")
@login_required
def protected():
    return {"id": current_user.id}
