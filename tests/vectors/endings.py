"""How sessions end, what both halves are told afterwards, and where a token may come from."""

from tests.vectors.people import SIGN_IN_NONCE, Person
from tests.vectors.recording import NAME, RIVAL
from tests.vectors.registry import both, once

LOGOUT = "/api/auth/logout"
REFRESH = "/api/auth/refresh"


def is_told(person: Person) -> None:
    """Ask with both halves of a session that ended."""
    person.me()
    person.renew()


@both("endings")
def a_sign_out_ends_it_for_both_halves(person: Person) -> None:
    person.login()
    kept = person.copy()
    person.logout()
    kept.tape.wait(5)
    is_told(kept)


@both("endings")
def a_sign_out_twice_in_a_row_is_no_error(person: Person) -> None:
    person.login()
    person.logout()
    person.tape.wait(60)
    person.logout()
    person.renew()


@once("endings", "the header")
def either_half_signs_out(person: Person) -> None:
    person.login()
    person.logout("refresh")
    is_told(person)


@both("endings")
def an_expired_access_token_signs_out(person: Person) -> None:
    person.login()
    person.tape.wait(900)
    person.logout()
    is_told(person)


@both("endings")
def an_old_refresh_token_signs_out(person: Person) -> None:
    person.login()
    old = person.copy()
    person.renew()
    person.renew()
    old.logout("refresh")
    is_told(person)


@once("endings", "the header")
def a_ticket_signs_out_and_nothing_else(person: Person) -> None:
    person.login()
    person.tape.ask("POST", LOGOUT, body={"sign_out_ticket": "x"})
    person.tape.ask("POST", REFRESH, body={"refresh_token": person.ticket})
    for _ in range(2):
        person.tape.ask("POST", LOGOUT, body={"sign_out_ticket": person.ticket})
    is_told(person)


@once("endings", "cookies")
def a_ticket_is_looked_at_alone_and_leaves_the_cookies_of_another_session(person: Person) -> None:
    left = Person(person.tape, "the header")
    left.login()
    person.login(device="Kitchen")
    body = {"sign_out_ticket": left.ticket}
    person.tape.ask("POST", LOGOUT, cookies=person.jar(), body=body)
    person.me()
    left.me()


@both("endings")
def signing_out_everywhere_ends_all_sessions(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    person.act("POST", "/api/auth/logout_all")
    is_told(person)
    is_told(other)


@both("endings")
def one_session_kicks_another(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    person.act("DELETE", f"/api/auth/sessions/{other.session}")
    is_told(other)
    person.act("DELETE", f"/api/auth/sessions/{other.session}")
    person.me()


@both("endings")
def a_session_that_kicks_itself_has_signed_out(person: Person) -> None:
    person.login()
    person.act("DELETE", f"/api/auth/sessions/{person.session}")
    is_told(person)


@both("endings")
def one_session_kicks_all_others(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    person.act("DELETE", "/api/auth/sessions?scope=others")
    is_told(other)
    person.renew()


@both("endings")
def the_operator_kicks_a_session(person: Person) -> None:
    person.login()
    person.tape.operator("kick", person.session)
    is_told(person)


@both("endings")
def the_operator_disables_an_account(person: Person) -> None:
    person.login()
    person.tape.operator("disable", NAME)
    is_told(person)


@both("endings", session_policy="single")
def a_sign_in_elsewhere_replaces_the_only_session(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    is_told(person)
    other.me()


@both("endings", session_policy="limit:2")
def a_sign_in_too_many_evicts_the_oldest(person: Person) -> None:
    person.login()
    for device in ("Kitchen", "Hall"):
        person.tape.wait(1)
        Person(person.tape, "the header").login(device=device)
    is_told(person)


@once("endings", "cookies")
def a_sign_in_in_the_same_browser_takes_the_place_of_the_session_before(person: Person) -> None:
    person.login()
    before = person.copy()
    person.login(device="Kitchen", cookies=before.jar())
    before.me()
    person.me()


@once("endings", "cookies")
def a_sign_in_of_another_account_in_the_same_browser_does_so_too(person: Person) -> None:
    person.login()
    before = person.copy()
    cookies = before.jar() | {"tally_access": "x"}
    person.login(name=RIVAL, device="Kitchen", cookies=cookies)
    before.renew()
    person.me()


@both("proofs")
def a_password_change_ends_the_others_and_this_ones_access_tokens(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    body = {"current_password": "{password}", "new_password": "{new-password}"}
    person.act("PUT", "/api/auth/password", body)
    is_told(other)
    is_told(person)
    person.me()


@both("proofs")
def proving_again_outdates_the_access_tokens_of_before(person: Person) -> None:
    person.login()
    old = person.copy()
    person.act("POST", "/api/auth/reauthenticate", {"password": "{password}"})
    old.me()
    person.me()
    old.renew()
    old.me()


@both("proofs")
def a_proof_after_a_lost_answer_spends_no_refresh_token(person: Person) -> None:
    person.login()
    person.copy().renew()
    person.act("POST", "/api/auth/reauthenticate", {"password": "{password}"})
    person.me()
    person.tape.wait(11)
    person.renew()


@both("proofs")
def a_wrong_password_proves_nothing(person: Person) -> None:
    person.login()
    body = {"password": "not the password at all"}
    person.act("POST", "/api/auth/reauthenticate", body)
    person.me()


@once("carriers", "the header")
def nothing_presented(person: Person) -> None:
    for method, path in (("POST", REFRESH), ("DELETE", LOGOUT), ("GET", "/api/me")):
        person.tape.ask(method, path)


@once("carriers", "the header")
def nothing_of_ours_presented(person: Person) -> None:
    for method, path in (("POST", REFRESH), ("DELETE", LOGOUT), ("GET", "/api/me")):
        person.tape.ask(method, path, headers={"Authorization": "Bearer x"})


@once("carriers", "the header")
def the_halves_are_not_exchanged(person: Person) -> None:
    person.login()
    bearer = {"Authorization": f"Bearer {person.access}", "Tally-Nonce": SIGN_IN_NONCE}
    person.tape.ask("POST", REFRESH, headers=bearer)
    headers = {"Authorization": f"Bearer {person.refresh}"}
    person.tape.ask("GET", "/api/me", headers=headers)
    person.renew()


@once("carriers", "the header")
def the_refresh_token_may_come_in_the_body(person: Person) -> None:
    person.login(bound=False)
    for name in ("refresh_token", "refreshToken"):
        told = person.tape.ask("POST", REFRESH, body={name: person.refresh})
        person.take(told)
    headers = {"Authorization": f"Bearer {person.access}"}
    person.tape.ask("POST", REFRESH, headers=headers, body={"refresh_token": person.refresh})


@once("carriers", "the header")
def a_half_in_the_body_signs_out(person: Person) -> None:
    for name in ("access_token", "refresh_token", "refreshToken"):
        person.login()
        half = person.access if name == "access_token" else person.refresh
        person.tape.ask("DELETE", LOGOUT, body={name: half})
        person.me()


@once("carriers", "cookies")
def what_the_client_sends_itself_goes_before_the_cookies(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    for token in (other.access, other.refresh):
        headers = {"Authorization": f"Bearer {token}", "Tally-Nonce": SIGN_IN_NONCE}
        headers["X-CSRF-Token"] = person.csrf
        person.tape.ask("POST", REFRESH, headers=headers, cookies=person.jar())
    person.renew()


@once("carriers", "cookies")
def a_sign_out_by_the_header_goes_before_the_cookies(person: Person) -> None:
    person.login()
    other = person.elsewhere()
    headers = {"Authorization": f"Bearer {other.access}"}
    person.tape.ask("DELETE", LOGOUT, headers=headers, cookies=person.jar())
    other.me()
    person.me()
