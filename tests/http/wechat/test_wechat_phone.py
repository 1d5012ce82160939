"""Phone numbers: by the button's code, and one app token for all workers."""

import threading

from tests.conftest import Compose
from tests.http.wechat.conftest import ADA, Phone, Place, code_of, json_of, make_place
from tests.waiting import ask_until_served
from werkzeug.test import TestResponse

from tigertally.testing.wechat import Fault, Person, StandIn

TOKEN, NUMBER = "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber"


def read(phone: Phone, code: str | None = None) -> TestResponse:
    """Ask for the number."""
    body = {"provider": "wechat-mini", "code": code or phone.code("phone"), "app_id": phone.app_id}
    return phone.call("POST", "/api/me/phone", body)


def asked(phone: Phone, path: str) -> int:
    """Return how often WeChat was asked for this."""
    return phone.place.wechat.asked.count(path)


def test_a_code_becomes_a_number(ada: Phone) -> None:
    ada.login()
    assert json_of(read(ada)) == {"country_code": "86", "number": "13800138000"}


def verify(phone: Phone, code: str | None = None) -> TestResponse:
    """Make the number a verified contact."""
    body = {"provider": "wechat-mini", "code": code or phone.code("phone"), "app_id": phone.app_id}
    return phone.call("POST", "/api/me/phone/verify", body)


def test_a_number_of_the_button_is_verified_and_counts_like_one_of_an_sms(ada: Phone) -> None:
    ada.login()
    contact = json_of(verify(ada))["contact"]
    assert (contact["kind"], contact["value"]) == ("phone", "+8613800138000")
    assert contact["verified_at"] is not None
    listed = json_of(ada.call("GET", "/api/me/contacts"))["contacts"]
    assert listed == [contact]
    with ada.place.composition.store.reading() as tx:
        owner = tx.users.find("13800138000")
    assert owner is not None
    assert owner.id == json_of(ada.call("GET", "/api/me"))["user"]["id"]
    # A second time it is the same contact.
    assert json_of(verify(ada))["contact"]["id"] == contact["id"]


def test_a_number_of_the_button_belongs_to_the_first_account(ada: Phone, place: Place) -> None:
    ada.login()
    verify(ada)
    bo = place.phone(Person("bo", phone=ada.person.phone))
    bo.login()
    answer = verify(bo)
    assert code_of(answer) == (400, "invalid_request")
    assert list(json_of(answer)["fields"]) == ["phone"]
    assert json_of(bo.call("GET", "/api/me/contacts"))["contacts"] == []


def test_verifying_a_number_needs_a_fresh_token_and_spends_no_code_without(ada: Phone) -> None:
    ada.login()
    ada.place.clock.move(minutes=10)
    code = ada.code("phone")
    assert code_of(verify(ada, code)) == (403, "fresh_token_required")
    ada.login()
    assert verify(ada, code).status_code == 200


def test_reading_a_number_needs_a_signed_in_caller(ada: Phone) -> None:
    ada.access = "nobody"
    assert code_of(read(ada)) == (401, "token_invalid")


def test_a_session_whose_row_is_gone_reads_nothing_and_spends_no_code(ada: Phone) -> None:
    ada.login()
    with ada.place.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    code = ada.code("phone")
    assert code_of(read(ada, code)) == (401, "session_unknown")
    ada.login()
    assert read(ada, code).status_code == 200


def test_a_login_code_reads_no_phone_number(ada: Phone) -> None:
    ada.login()
    assert code_of(read(ada, ada.code("login"))) == (401, "provider_code_invalid")


def test_a_provider_without_numbers_has_none(ada: Phone) -> None:
    ada.login()
    answer = ada.call("POST", "/api/me/phone", {"provider": "douyin-mini", "code": "c"})
    assert code_of(answer) == (404, "not_found")


def test_the_token_is_fetched_once_and_kept_for_all_workers(
    compose_with: Compose, settings: dict[str, object], wechat: StandIn
) -> None:
    one, other = (make_place(compose_with, settings, wechat).phone() for _ in range(2))
    for phone in (one, other, one, other):
        phone.login()
        assert read(phone).status_code == 200
    assert asked(one, TOKEN) == 1


def test_the_token_is_renewed_before_it_ends(ada: Phone) -> None:
    ada.login()
    read(ada)
    ada.place.clock.move(seconds=7200 - 299)
    ada.login()
    assert read(ada).status_code == 200
    assert asked(ada, TOKEN) == 2


def test_a_token_that_was_exchanged_behind_our_back_is_fetched_again(ada: Phone) -> None:
    ada.login()
    read(ada)
    ada.place.wechat.world.forget_tokens()
    assert read(ada).status_code == 200
    assert (asked(ada, TOKEN), asked(ada, NUMBER)) == (2, 3)


def test_many_at_once_fetch_one_token(ada: Phone) -> None:
    ada.login()
    ada.place.wechat.fail_next(delay=0.3)
    codes, answers = [ada.code("phone") for _ in range(8)], []
    threads = [
        threading.Thread(
            target=lambda code=code: answers.append(ask_until_served(lambda: read(ada, code)))
        )
        for code in codes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert asked(ada, TOKEN) == 1


def test_while_one_renews_the_others_go_on_with_the_old_token(ada: Phone) -> None:
    ada.login()
    read(ada)
    ada.place.clock.move(seconds=7200 - 60)
    ada.login()
    now = ada.place.clock.now()
    with ada.place.composition.context.store.writing() as tx:
        name = f"wechat-mini/{ada.app_id}"
        assert tx.app_tokens.claim(name, "another worker", now, held_until=now.replace(year=2100))
    assert read(ada).status_code == 200
    assert asked(ada, TOKEN) == 1


def test_a_token_that_cannot_be_fetched_holds_nobody_up(ada: Phone) -> None:
    ada.login()
    ada.place.wechat.fail_next(Fault.HTML)
    assert code_of(read(ada)) == (503, "upstream_unavailable")
    assert read(ada).status_code == 200


def test_the_database_holds_no_token_in_clear_and_no_number(ada: Phone) -> None:
    ada.login()
    read(ada)
    token, _ = ada.place.wechat.world.token(ada.app_id, force=False)
    path = ada.place.composition.settings.data_dir / "tally.db"
    ada.place.composition.store.engine.dispose()
    dump = b"".join(file.read_bytes() for file in path.parent.glob("tally.db*"))
    assert ADA.openid(ada.app_id).encode() in dump, "the dump is the database"
    for confidential in (token, ADA.phone, ada.place.wechat.secret(ada.app_id), "sk-"):
        assert confidential.encode() not in dump


def test_reading_a_number_stands_in_the_history_without_it(ada: Phone) -> None:
    ada.login()
    read(ada)
    answer = ada.call("GET", "/api/auth/events")
    assert json_of(answer)["events"][0]["name"] == "account:phone:read"
    assert ADA.phone not in answer.text
