"""A hundred callers at the same moment, spread over four processes: the rules hold all the same."""

import base64
import json
from collections import Counter
from collections.abc import Sequence

import pytest
from tests.integration.service import PASSWORD, Answer, Service
from tests.integration.services import Services

NONCE = "a-nonce-that-only-this-device-has"


def sign_in_together(service: Service, count: int, *, kinds: Sequence[str]) -> list[Answer]:
    def one(number: int) -> Answer:
        device = {"type": kinds[number % len(kinds)], "name": f"device {number}"}
        return service.login("hufu", device=device)

    return service.together(count, one)


def alive(service: Service, signed_in: Sequence[Answer]) -> list[Answer]:
    """Return those whose access token still counts."""
    return [
        one
        for one in signed_in
        if service.call("GET", "/api/me", token=one.body["access_token"]).status == 200
    ]


def listed(service: Service, one: Answer) -> set[str]:
    answer = service.call("GET", "/api/auth/sessions", token=one.body["access_token"])
    assert answer.status == 200
    return {session["id"] for session in answer.body["sessions"]}


def session_id(one: Answer) -> str:
    return str(one.body["session"]["id"])


def test_one_of_a_hundred_simultaneous_sign_ins_lives_under_single(
    services: Services,
) -> None:
    service = services.serve(TALLY_SESSION_POLICY="single")
    service.register("hufu")
    signed_in = sign_in_together(service, 100, kinds=["web", "app"])
    assert Counter(one.status for one in signed_in) == {200: 100}
    winners = alive(service, signed_in)
    assert len(winners) == 1
    assert listed(service, winners[0]) == {session_id(winners[0])}
    losers = [one for one in signed_in if one is not winners[0]]
    refused = service.together(
        len(losers), lambda number: service.refresh(losers[number].body["refresh_token"])
    )
    assert Counter(one.verdict for one in refused) == {(401, "session_ended", "replaced"): 99}
    assert service.refresh(winners[0].body["refresh_token"]).status == 200
    # Each was told whom it replaced, and nobody was replaced twice.
    told = [one["id"] for answer in signed_in for one in answer.body["replaced_sessions"]]
    assert sorted(told) == sorted(session_id(one) for one in losers)


def test_a_refresh_that_races_with_the_sign_in_that_replaces_it_never_outlives_it(
    services: Services,
) -> None:
    service = services.serve(TALLY_SESSION_POLICY="single")
    service.register("hufu")
    for _ in range(10):
        old = service.login("hufu").body["refresh_token"]

        def act(number: int, old: str = old) -> Answer:
            return service.login("hufu") if number == 4 else service.refresh(old)

        answers = service.together(8, act)
        new = answers.pop(4)
        assert service.call("GET", "/api/me", token=new.body["access_token"]).status == 200
        for answer in answers:
            if answer.status == 200:
                again = service.refresh(answer.body["refresh_token"])
                assert again.verdict == (401, "session_ended", "replaced")


def test_under_a_limit_of_three_exactly_three_of_sixty_sign_ins_at_once_stay(
    services: Services,
) -> None:
    service = services.serve(TALLY_SESSION_POLICY="limit:3")
    service.register("hufu")
    signed_in = sign_in_together(service, 60, kinds=["web"])
    winners = alive(service, signed_in)
    assert len(winners) == 3
    assert listed(service, winners[0]) == {session_id(one) for one in winners}


def test_per_device_type_keeps_one_session_of_each_kind(
    services: Services,
) -> None:
    service = services.serve(TALLY_SESSION_POLICY="per_device_type")
    service.register("hufu")
    signed_in = sign_in_together(service, 60, kinds=["web", "app", "mini_program", "api"])
    winners = alive(service, signed_in)
    counted = Counter(one.body["session"]["device_type"] for one in winners)
    assert counted == {"web": 1, "app": 1, "mini_program": 1, "api": 1}


def test_exactly_one_of_fifty_sign_ins_succeeds_if_the_policy_refuses(
    services: Services,
) -> None:
    service = services.serve(TALLY_SESSION_POLICY="single", TALLY_SESSION_OVERFLOW="refuse")
    service.register("hufu")
    signed_in = sign_in_together(service, 50, kinds=["web"])
    assert Counter((one.status, one.code) for one in signed_in) == {
        (200, None): 1,
        (409, "too_many_sessions"): 49,
    }
    winner = next(one for one in signed_in if one.status == 200)
    service.logout(winner.body["access_token"])
    assert service.login("hufu").status == 200


def generation(refresh_token: str) -> int:
    payload = refresh_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return int(claims["gen"])


@pytest.mark.parametrize("nonce", [None, NONCE], ids=["unbound", "bound"])
def test_fifty_refreshes_of_one_token_at_once_are_one_rotation_and_fifty_equal_answers(
    service: Service, nonce: str | None
) -> None:
    service.register("hufu")
    token = service.login("hufu", nonce=nonce).body["refresh_token"]
    for round_ in range(1, 4):
        answers = service.together(50, lambda _, old=token: service.refresh(old, nonce=nonce))  # type: ignore[misc]
        assert Counter(one.status for one in answers) == {200: 50}
        tokens = {one.body["refresh_token"] for one in answers}
        assert len(tokens) == 1
        token = tokens.pop()
        assert generation(token) == round_
        for one in answers[::10]:
            assert service.call("GET", "/api/me", token=one.body["access_token"]).status == 200


def test_one_of_thirty_simultaneous_registrations_of_a_name_succeeds(
    service: Service,
) -> None:
    spellings = ["Hufu", "hufu", "HUFU", "ｈｕｆｕ"]
    answers = service.together(30, lambda number: service.register(spellings[number % 4]))
    assert Counter((one.status, one.code) for one in answers) == {
        (201, None): 1,
        (409, "username_taken"): 29,
    }
    assert service.login("hufu").status == 200


def test_one_of_ten_simultaneous_password_changes_succeeds(
    service: Service,
) -> None:
    service.register("hufu")
    mine = service.login("hufu").body["access_token"]
    passwords = [f"a new password, number {number}" for number in range(10)]

    def change(number: int) -> Answer:
        body = {"current_password": PASSWORD, "new_password": passwords[number]}
        return service.call("PUT", "/api/auth/password", body, token=mine)

    answers = service.together(10, change)
    assert Counter(one.status for one in answers) == {200: 1, 401: 9}
    # Who comes later is refused for the password, or for a token of before the change.
    refused = {one.code for one in answers if one.status == 401}
    assert refused <= {"invalid_credentials", "token_expired"}
    won = next(number for number, one in enumerate(answers) if one.status == 200)
    assert service.login("hufu", passwords[won]).status == 200
    assert service.login("hufu", PASSWORD).status == 401
    assert service.login("hufu", passwords[(won + 1) % 10]).status == 401


def test_a_sign_out_at_the_same_moment_as_ten_refreshes_leaves_nothing_alive(
    service: Service,
) -> None:
    service.register("hufu")
    for _ in range(10):
        mine = service.login("hufu").body

        def act(number: int, mine: dict[str, str] = mine) -> Answer:
            if number == 5:
                return service.logout(mine["access_token"])
            return service.refresh(mine["refresh_token"])

        answers = service.together(10, act)
        assert answers.pop(5).status == 200
        for answer in answers:
            if answer.status == 200:
                again = service.refresh(answer.body["refresh_token"])
                assert again.verdict == (401, "session_ended", "logged_out")
                used = service.call("GET", "/api/me", token=answer.body["access_token"])
                assert used.verdict == (401, "session_ended", "logged_out")
