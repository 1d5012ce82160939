"""The same promises in each framework."""

from collections.abc import Iterator

import pytest
from tests.departures import problems_of_error
from tests.integration.verifying.applications import ALL, Ask
from tests.waiting import wait_until

from tigertally.testing.verifying import FeedStandIn


@pytest.fixture(params=ALL)
def ask(request: pytest.FixtureRequest, stand_in: FeedStandIn) -> Iterator[Ask]:
    """An application over one of the frameworks."""
    with ALL[request.param](stand_in.url, stand_in.history.key.reveal()) as ask:
        yield ask


def settled(ask: Ask, path: str, token: str, status: int) -> None:
    wait_until(lambda: ask(path, Authorization=f"Bearer {token}").status == status, str(status))


def test_a_signed_in_caller_is_let_in_until_the_session_ends(
    ask: Ask, stand_in: FeedStandIn
) -> None:
    token, session = stand_in.sign_in("ada")
    settled(ask, "/me", token, 200)
    assert ask("/me", Authorization=f"Bearer {token}").body == {"user": "ada"}
    stand_in.history.end(session, "kicked")
    settled(ask, "/me", token, 401)
    refused = ask("/me", Authorization=f"Bearer {token}")
    assert (refused.body["code"], refused.body["reason"]) == ("session_ended", "kicked")
    assert refused.headers["Www-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "token_missing"),
        ({"Authorization": "Basic eDp5"}, "token_missing"),
        ({"Authorization": "Bearer "}, "token_missing"),
        ({"Authorization": "Bearer x"}, "token_invalid"),
        ({"Authorization": "Bearer é"}, "token_invalid"),
    ],
)
def test_what_is_no_token_is_refused(
    ask: Ask, stand_in: FeedStandIn, headers: dict[str, str], code: str
) -> None:
    settled(ask, "/me", stand_in.sign_in()[0], 200)
    answer = ask("/me", **headers)
    assert (answer.status, answer.body["code"]) == (401, code)
    assert problems_of_error(401, answer.body) == []
    assert answer.headers["Cache-Control"] == "no-store"


def test_refusals_speak_the_language_of_the_request(ask: Ask) -> None:
    spoken = [ask("/me", Accept_Language=each).body["message"] for each in ("en", "zh-CN")]
    assert spoken[0].isascii()
    assert not spoken[1].isascii()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/editors", "forbidden"),
        ("/permitted", "forbidden"),
        ("/fresh", "fresh_token_required"),
    ],
)
def test_who_lacks_something_is_told_403(
    ask: Ask, stand_in: FeedStandIn, path: str, code: str
) -> None:
    token, _ = stand_in.sign_in()
    settled(ask, path, token, 403)
    answer = ask(path, Authorization=f"Bearer {token}")
    assert answer.body["code"] == code
    assert problems_of_error(403, answer.body) == []


def test_a_silent_feed_is_503_and_never_a_yes(ask: Ask, stand_in: FeedStandIn) -> None:
    stand_in.fault = "silent"
    token, _ = stand_in.sign_in()
    answer = ask("/me", Authorization=f"Bearer {token}")
    assert (answer.status, answer.body["code"]) == (503, "verifier_unavailable")
    assert problems_of_error(503, answer.body) == []


def test_what_is_open_stays_open(ask: Ask, stand_in: FeedStandIn) -> None:
    stand_in.fault = "silent"
    assert ask("/open").status == 200


def test_django_rest_framework_knows_who_is_signed_in(stand_in: FeedStandIn) -> None:
    with ALL["django"](stand_in.url, stand_in.history.key.reveal()) as ask:
        token, session = stand_in.sign_in("ada")
        settled(ask, "/rest", token, 200)
        assert ask("/rest", Authorization=f"Bearer {token}").body == {"user": "ada"}
        assert ask("/rest").body == {"user": ""}
        stand_in.history.end(session)
        settled(ask, "/rest", token, 401)


def test_a_fastapi_service_documents_that_it_wants_a_token(stand_in: FeedStandIn) -> None:
    with ALL["fastapi"](stand_in.url, stand_in.history.key.reveal()) as ask:
        paths = ask("/openapi.json").body["paths"]
    assert paths["/me"]["get"]["security"] == [{"SignedIn": []}]
    assert "security" not in paths["/open"]["get"]
