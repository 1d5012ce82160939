"""Nothing that only WeChat and we should know is ever written or answered."""

import logging

import httpx2
import pytest
from tests.http.wechat.conftest import ADA, EveryLine, Phone, json_of

from tigertally.core.identities import ProviderIdentity, Pseudonym
from tigertally.testing.wechat import Fault


def confidential(phone: Phone, *codes: str) -> list[str]:
    """Return all that must be seen nowhere."""
    world = phone.place.wechat.world
    token, _ = world.token(phone.app_id, force=False)
    openid, unionid = ADA.openid(phone.app_id), str(ADA.unionid)
    return [
        *world.apps.values(),
        *codes,
        openid,
        openid[:-4],
        unionid,
        unionid[:-4],
        f"sk-{ADA.openid('session-key')}==",
        token,
        ADA.phone,
    ]


def test_the_log_is_captured(log: EveryLine) -> None:
    """The counter-proof: httpx2 itself would have told, secret and all."""
    with pytest.raises(httpx2.ConnectError):
        httpx2.get("http://127.0.0.1:1/?secret=overheard")
    logging.getLogger("httpcore2.http11").debug("secret=%s", "overheard too")
    logging.getLogger("sqlalchemy.engine.Engine").debug("a row")
    assert "overheard too" in log.text
    assert "a row" in log.text


def test_no_log_holds_a_secret_a_code_a_name_or_a_key(log: EveryLine, ada: Phone) -> None:
    codes = []
    for fault in [None, *Fault]:
        if fault in {Fault.SLOW, Fault.DRIP, Fault.DRIP_HEAD}:
            continue  # five seconds each; `test_broken_answers.py` has them
        if fault is not None:
            ada.place.wechat.fail_next(fault)
        codes.append(ada.code())
        ada.login(codes[-1])
        ada.login(codes[-1])
    for errcode in (-1, 40029, 40163, 40226, 45011, 45009, 40013, 40125, 48001, 40164, 12345):
        ada.place.wechat.fail_next(errcode=errcode)
        codes.append(ada.code())
        ada.login(codes[-1])
    ada.login()
    codes.append(ada.code("phone"))
    body = {"provider": "wechat-mini", "code": codes[-1], "app_id": ada.app_id}
    assert ada.call("POST", "/api/me/phone", body).status_code == 200
    ada.call("GET", "/api/auth/identities")
    pusher = ada.place.pusher()
    ada.place.push(*pusher.message("user_authorization_revoke", ADA.openid(ada.app_id)))
    ada.place.composition.background.stop()
    for word in confidential(ada, *codes):
        assert word not in log.text
    assert "errcode 40125" in log.text, "the operator learns what is wrong"
    assert "Row (" in log.text, "what the database answered was listened to as well"


def test_no_figure_is_labelled_by_anything_of_a_person(ada: Phone) -> None:
    code = ada.code()
    ada.login(code)
    ada.place.wechat.fail_next(errcode=40125)
    ada.login()
    answer = ada.client.get("/metrics")
    if answer.status_code == 200:
        assert 'operation="login_with_provider",outcome="provider_misconfigured"' in answer.text
    for word in confidential(ada, code):
        assert word not in answer.text


def test_no_answer_holds_a_name_or_a_key(ada: Phone) -> None:
    answers = [ada.login(), ada.call("GET", "/api/me"), ada.call("GET", "/api/auth/identities")]
    answers += [ada.call("GET", "/api/auth/events"), ada.call("GET", "/api/auth/sessions")]
    for answer in answers:
        for word in confidential(ada):
            assert word not in answer.text
    assert json_of(answers[2])["identities"][0]["tail"] == ADA.openid(ada.app_id)[-4:]


def test_the_database_holds_no_code_no_secret_and_no_session_key(ada: Phone) -> None:
    codes = [ada.code(), ada.code()]
    ada.login(codes[0])
    ada.place.wechat.fail_next(errcode=40226)
    ada.login(codes[1])
    ada.place.composition.store.engine.dispose()
    folder = ada.place.composition.settings.data_dir
    dump = b"".join(file.read_bytes() for file in folder.glob("tally.db*"))
    for word in [*codes, *ada.place.wechat.world.apps.values(), "sk-"]:
        assert word.encode() not in dump


def test_a_name_shows_its_end_only() -> None:
    who = ProviderIdentity("wechat-mini", "wx1", Pseudonym("o-secret-1234"), Pseudonym("u-abcd"))
    assert "secret" not in repr(who)
    assert "1234" in repr(who)
    assert f"{who.subject}" == "Pseudonym(…1234)"
