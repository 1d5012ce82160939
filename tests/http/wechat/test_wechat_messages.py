"""What WeChat pushes: permission withdrawn, accounts closed; and what only claims to be that."""

import json

import pytest
from tests.conftest import Compose
from tests.http.wechat.conftest import ADA, BO, PUSH_TOKEN, Place, code_of, json_of, make_place

from tigertally.testing.wechat import PushSender, StandIn

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WITHDRAWALS = ["user_authorization_revoke", "user_authorization_cancellation"]


@pytest.fixture
def sealed(compose_with: Compose, settings: dict[str, object], wechat: StandIn) -> Place:
    """The service with a key for messages."""
    return make_place(compose_with, settings | {"wechat_push_aes_key": AES_KEY}, wechat)


@pytest.mark.parametrize("event", WITHDRAWALS)
@pytest.mark.parametrize("as_xml", [False, True])
@pytest.mark.parametrize("key", [None, AES_KEY])
def test_a_user_who_withdraws_is_signed_out_and_unlinked(
    request: pytest.FixtureRequest, event: str, as_xml: bool, key: str | None
) -> None:
    place: Place = request.getfixturevalue("sealed" if key else "place")
    phones = [place.phone(), place.phone()]
    first, _ = (json_of(phone.login()) for phone in phones)
    other = place.phone(BO)
    other.login()
    pusher = place.pusher(as_xml=as_xml, aes_key=key)
    answer = place.push(*pusher.message(event, ADA.openid(phones[0].app_id)))
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "success", "text/plain")
    for phone in phones:
        refused = phone.call("GET", "/api/me")
        assert code_of(refused) == (401, "session_ended")
        assert json_of(refused)["reason"] == "authorization_revoked"
    assert other.call("GET", "/api/me").status_code == 200
    again = json_of(phones[0].login())
    assert again["created"] is True
    assert again["user"]["id"] != first["user"]["id"]


def test_the_same_message_again_changes_nothing(place: Place) -> None:
    """WeChat sends each three times where it hears nothing for five seconds."""
    phone = place.phone()
    phone.login()
    message = place.pusher().message(WITHDRAWALS[0], ADA.openid(phone.app_id))
    assert [place.push(*message).text for _ in range(3)] == ["success"] * 3
    phone.login()
    assert phone.call("GET", "/api/me").status_code == 200


@pytest.mark.parametrize("as_xml", [False, True])
def test_a_repeated_message_spares_later_sign_ins(place: Place, as_xml: bool) -> None:
    """WeChat sends each up to three times; and who overheard one could send it for five minutes."""
    ada = place.phone()
    ada.login()
    pusher = place.pusher(as_xml=as_xml)
    message = pusher.message("user_authorization_revoke", ADA.openid(ada.app_id))
    assert place.push(*message).status_code == 200
    assert ada.call("GET", "/api/me").status_code == 401
    place.clock.move(seconds=10)
    assert json_of(ada.login())["created"] is True
    assert place.push(*message).status_code == 200
    assert ada.call("GET", "/api/me").status_code == 200


def test_figures_may_be_numbers_or_text(place: Place) -> None:
    """WeChat's JSON has the time as a number; one that is none at all counts as now."""
    for time in (int(place.clock.unix()), "soon", 10**30):
        ada = place.phone()
        ada.login()
        pusher = place.pusher()
        openid = ADA.openid(ada.app_id)
        query, body = pusher.message("user_authorization_revoke", openid)
        changed = json.dumps(json.loads(body) | {"CreateTime": time}).encode()
        assert place.push(query, changed).status_code == 200
        assert ada.call("GET", "/api/me").status_code == 401


def test_the_account_is_found_again_through_another_app_of_the_same_person(place: Place) -> None:
    phone, second = place.phone(app=0), place.phone(app=1)
    user = json_of(phone.login())["user"]
    second.login()
    place.push(*place.pusher().message(WITHDRAWALS[0], ADA.openid(phone.app_id)))
    assert json_of(phone.login())["user"] == user


@pytest.mark.parametrize(
    "event", ["user_info_modified", "user_enter_tempsession", "", "debug_demo"]
)
def test_all_other_messages_are_acknowledged_and_no_more(place: Place, event: str) -> None:
    phone = place.phone()
    phone.login()
    assert place.push(*place.pusher().message(event, ADA.openid(phone.app_id))).text == "success"
    assert phone.call("GET", "/api/me").status_code == 200


def test_the_history_shows_a_withdrawal_as_the_platforms_act(place: Place) -> None:
    phone = place.phone()
    phone.login()
    place.push(*place.pusher().message(WITHDRAWALS[0], ADA.openid(phone.app_id)))
    with place.composition.store.connection(writing=False) as connection:
        names = connection.exec_driver_sql(
            "select name, reason from tally_events order by id"
        ).all()
    assert names[-2:] == [
        ("provider:identity:withdrawn", None),
        ("account:session:ended", "authorization_revoked"),
    ]


def test_the_address_is_proven_by_echo(place: Place) -> None:
    path = f"/api/push/wechat-mini/{place.wechat.app_ids[1]}"
    query = place.pusher().query()
    answer = place.app.test_client().get(f"{path}?{query}&echostr=4375120948345356249")
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")


def test_nothing_is_echoed_without_the_token(place: Place) -> None:
    stranger = PushSender("", place.wechat.app_ids[0], "another token", clock=place.clock)
    path = f"/api/push/wechat-mini/{place.wechat.app_ids[0]}"
    answer = place.app.test_client().get(f"{path}?{stranger.query()}&echostr=hello")
    assert code_of(answer) == (403, "forbidden")
    assert "hello" not in answer.text


@pytest.mark.parametrize("lost", ["signature", "timestamp", "nonce"])
def test_a_message_without_its_proof_is_refused(place: Place, lost: str) -> None:
    query, body = place.pusher().message(WITHDRAWALS[0], "o")
    kept = "&".join(part for part in query.split("&") if not part.startswith(lost))
    assert place.push(kept, body).status_code == 400


def test_an_old_message_is_refused(place: Place) -> None:
    """Whoever sees an address in a log could otherwise sign out anybody, forever."""
    phone = place.phone()
    phone.login()
    message = place.pusher().message(WITHDRAWALS[0], ADA.openid(phone.app_id))
    place.clock.move(seconds=301)
    assert code_of(place.push(*message)) == (403, "forbidden")
    assert phone.call("GET", "/api/me").status_code == 200


def test_with_a_key_no_plain_message_counts(sealed: Place) -> None:
    phone = sealed.phone()
    phone.login()
    plain = sealed.pusher().message(WITHDRAWALS[0], ADA.openid(phone.app_id))
    assert code_of(sealed.push(*plain)) == (403, "forbidden")
    assert phone.call("GET", "/api/me").status_code == 200


def test_a_body_under_another_key_or_of_another_app_is_refused(sealed: Place) -> None:
    phone = sealed.phone()
    phone.login()
    openid = ADA.openid(phone.app_id)
    foreign = sealed.pusher(aes_key=AES_KEY[::-1]).message(WITHDRAWALS[0], openid)
    assert sealed.push(*foreign).status_code in {400, 403}
    elsewhere = PushSender("", sealed.wechat.app_ids[1], PUSH_TOKEN, AES_KEY, clock=sealed.clock)
    assert code_of(sealed.push(*elsewhere.message(WITHDRAWALS[0], openid))) == (403, "forbidden")
    assert phone.call("GET", "/api/me").status_code == 200


def test_an_encrypted_body_that_was_changed_on_the_way_is_refused(sealed: Place) -> None:
    query, body = sealed.pusher(aes_key=AES_KEY).message(WITHDRAWALS[0], "o")
    assert code_of(sealed.push(query, body.replace(b"=", b"A"))) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"{",
        b"[" * 60_000,
        b"<xml>",
        b"<xml><a></b></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>',
        b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml></xml>',
        b"x" * 70_000,
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)
@pytest.mark.parametrize("kind", ["place", "sealed"])
def test_an_invalid_message_is_refused(
    request: pytest.FixtureRequest, kind: str, body: bytes
) -> None:
    place: Place = request.getfixturevalue(kind)
    query = place.pusher().query("sealed" if kind == "sealed" else None)
    assert code_of(place.push(query, body)) == (400, "invalid_request")


@pytest.mark.parametrize("member", ["\\ud800", "not base64", "AAAA", ""])
def test_a_message_that_does_not_decrypt_is_refused(sealed: Place, member: str) -> None:
    body = f'{{"Encrypt": "{member}"}}'.encode()
    text = "\ud800" if "ud800" in member else member
    query = sealed.pusher().query(text) if text != "\ud800" else sealed.pusher().query("x")
    assert sealed.push(query, body).status_code in {400, 403}


def test_an_address_that_is_not_set_up_is_not_there(
    place: Place, compose_with: Compose, settings: dict[str, object], wechat: StandIn
) -> None:
    query, body = place.pusher().message(WITHDRAWALS[0], "o")
    client = place.app.test_client()
    for path in ("wechat-mini/wx0", "wechat-web/wx0", "douyin-mini/x", "github/x"):
        assert code_of(client.post(f"/api/push/{path}?{query}", data=body)) == (404, "not_found")
    bare = make_place(compose_with, settings | {"wechat_push_token": None}, wechat)
    assert code_of(bare.push(query, body)) == (404, "not_found")
