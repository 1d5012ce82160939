"""What the owner of an account does and reads in these tests."""

from tests.http.callers import PASSWORD, Caller
from werkzeug.test import TestResponse

NEW = "three halves make more"


def change(caller: Caller, current: str = PASSWORD, new: str = NEW) -> TestResponse:
    """Change the password."""
    body = {"current_password": current, "new_password": new}
    return caller.send("PUT", "/api/auth/password", body)


def names(caller: Caller) -> list[str]:
    """Return the names in their history, the newest first."""
    events = caller.send("GET", "/api/auth/events?limit=100").get_json()["events"]
    return [event["name"] for event in events]
