"""Whose a file is: nobody sees, uses or deletes somebody else's."""

import pytest
from tests.http.callers import Caller, Service, code_of, ended_of
from tests.http.uploading import added, fields_of, kept, listed, picture, stranger, upload

from tigertally.core.identifiers import new_id
from tigertally.core.sessions import Device, Ending, EndReason
from tigertally.errors import SessionEnded
from tigertally.flows.context import Actor
from tigertally.flows.files import OwnFiles


def test_nobody_else_sees_uses_or_deletes_a_file(service: Service, user: Caller) -> None:
    file = added(user)
    other = stranger(service, user.carrier)
    assert listed(other)["files"] == []
    assert listed(other)["usage"]["used"] == 0
    tag = user.send("GET", file["content_url"]).headers["ETag"]
    for url in (file["content_url"], file["thumbnail_url"]):
        for headers in ({}, {"If-None-Match": tag}, {"Range": "bytes=0-0"}):
            assert code_of(other.send("GET", url, headers=headers)) == (404, "not_found")
    assert code_of(other.send("DELETE", f"/api/files/{file['id']}")) == (404, "not_found")
    answer = other.send("PATCH", "/api/me", {"avatar_file_id": file["id"]})
    assert list(fields_of(answer)) == ["avatar_file_id"]
    assert listed(user)["files"] == [file]


def test_another_users_file_looks_like_no_file(service: Service, user: Caller) -> None:
    other = stranger(service, user.carrier)
    theirs, none = added(user)["id"], new_id()
    for method, path in (("GET", "/api/files/{}/content"), ("DELETE", "/api/files/{}")):
        answers = [other.send(method, path.format(each)) for each in (theirs, none)]
        assert answers[0].data == answers[1].data


@pytest.mark.parametrize("file_id", ["1", "..", "a" * 5_000, "%00", "%F0%9F%90%85", "K" * 26])
def test_an_invalid_id_is_not_found(user: Caller, file_id: str) -> None:
    assert user.send("GET", f"/api/files/{file_id}/content").status_code == 404
    assert user.send("DELETE", f"/api/files/{file_id}").status_code == 404


def test_without_a_sign_in_there_is_nothing(service: Service) -> None:
    client, some = service.client(), new_id()
    for method, path in (
        ("GET", "/api/files"),
        ("POST", "/api/files"),
        ("GET", f"/api/files/{some}/content"),
        ("DELETE", f"/api/files/{some}"),
    ):
        assert code_of(client.open(path, method=method)) == (401, "token_missing")


def test_an_ended_session_sees_none_of_its_files(service: Service, user: Caller) -> None:
    file = added(user)
    tag = user.send("GET", file["content_url"]).headers["ETag"]
    thief = user.copy()
    user.logout()
    for answer in (
        thief.send("GET", "/api/files"),
        thief.send("GET", file["content_url"]),
        thief.send("GET", file["content_url"], headers={"If-None-Match": tag}),
        thief.send("GET", file["thumbnail_url"], headers={"Range": "bytes=0-0"}),
        thief.send("DELETE", f"/api/files/{file['id']}"),
        upload(thief),
    ):
        assert ended_of(answer)["reason"] == "logged_out"
    assert len(kept(service)) == 2
    user.login()
    assert listed(user)["files"] == [file]


def test_a_session_that_ends_after_it_was_let_in_does_nothing_any_more(
    service: Service, user: Caller
) -> None:
    """What the transaction of each journey sees, not what the verifier saw before, decides."""
    file = added(user)
    context = service.composition.context
    me = user.me().get_json()
    actor = Actor(me["user"]["id"], user.session_id, Device(), generation=0, proof=0)
    now = context.clock.now()
    with context.store.writing() as tx:
        tx.sessions.end(user.session_id, Ending(EndReason.KICKED, now), now)
    journeys = OwnFiles(context)
    for act in (
        lambda: journeys.page(actor, after=None, limit=5),
        lambda: journeys.get(actor, file["id"]),
        lambda: journeys.add(actor, name="a.png", upload=picture()),
        lambda: journeys.remove(actor, file["id"]),
    ):
        with pytest.raises(SessionEnded):
            act()
    assert len(kept(service)) == 2


def test_a_browser_adds_and_deletes_only_with_its_csrf_token(service: Service) -> None:
    browser = service.caller("cookie")
    browser.register()
    browser.login()
    file = added(browser)
    browser.csrf = ""
    assert code_of(upload(browser)) == (403, "csrf_failed")
    assert code_of(browser.send("DELETE", f"/api/files/{file['id']}")) == (403, "csrf_failed")
    assert listed(browser)["files"] == [file]
