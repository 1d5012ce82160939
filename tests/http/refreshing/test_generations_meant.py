"""The generation that a browser says it means, and nonces that cannot be."""

import pytest
from tests.http.callers import Caller, Service, code_of, ended_of
from tests.http.refreshing.nonces import NONCES, STRANGER


def test_a_generation_that_fits_refreshes(bound: Caller) -> None:
    assert bound.refresh(NONCES[1], generation=0).status_code == 200
    assert bound.refresh(NONCES[2], generation=1).status_code == 200


@pytest.mark.parametrize("generation", [0, 2, 2**31 - 1])
def test_a_nonce_for_another_generation_accuses_nobody(
    bound_browser: Caller, generation: int
) -> None:
    bound = bound_browser
    bound.refresh(NONCES[1])
    answer = bound.copy().refresh(STRANGER, generation=generation)
    assert code_of(answer) == (409, "refresh_stale")
    assert bound.refresh(NONCES[2], generation=1).status_code == 200


@pytest.mark.parametrize("generation", [0, 2, 2**31 - 1])
def test_a_thief_cannot_ask_about_a_stolen_token_unnoticed(
    service: Service, generation: int
) -> None:
    """The generation is heeded from browsers only, which cannot see their token."""
    victim = service.caller("bearer")
    victim.register()
    victim.login(nonce=NONCES[0])
    stolen = victim.copy()
    victim.refresh(NONCES[1])
    answer = stolen.refresh(STRANGER, generation=generation)
    assert ended_of(answer)["reason"] == "refresh_reused"
    body = {"refresh_token": stolen.renewal, "generation": generation}
    assert ended_of(service.client().post("/api/auth/refresh", json=body))
    assert ended_of(victim.refresh(NONCES[2]))["reason"] == "refresh_reused"


def test_an_ended_session_says_so_whatever_generation_is_meant(bound: Caller) -> None:
    kept = bound.copy()
    bound.logout()
    assert ended_of(kept.refresh(NONCES[1], generation=7))["reason"] == "logged_out"


@pytest.mark.parametrize("generation", [-1, 2**31, 1.0, "0", True, None, [0]])
def test_an_invalid_generation_is_refused(bound: Caller, generation: object) -> None:
    answer = bound.refresh(NONCES[1], generation=generation)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["generation"]
    assert bound.refresh(NONCES[1]).status_code == 200


@pytest.mark.parametrize("nonce", ["short", "x" * 129, "nonce with spaces!!", "nönce-nönce-nönce"])
def test_a_nonce_of_another_shape_is_refused_and_ends_nothing(bound: Caller, nonce: str) -> None:
    answer = bound.refresh(nonce)
    assert code_of(answer) == (400, "invalid_request")
    assert nonce not in answer.text
    assert bound.refresh(NONCES[1]).status_code == 200
