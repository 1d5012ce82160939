"""What only a browser sends: the generation that it means, the CSRF token, and its origin."""

from tests.vectors.people import ORIGIN, STRANGER, Person
from tests.vectors.recording import RIVAL, nonce_for
from tests.vectors.registry import both, once

FOREIGN = "https://elsewhere.example"


@once("generation", "cookies")
def a_generation_that_fits_refreshes(person: Person) -> None:
    person.login()
    person.renew(body={"generation": 0})
    person.renew(body={"generation": 1})


@once("generation", "cookies")
def a_nonce_for_an_older_generation_accuses_nobody(person: Person) -> None:
    person.login()
    person.renew()
    person.renew(nonce_for(0), body={"generation": 0})
    person.renew(STRANGER, body={"generation": 0})
    person.renew(None, body={"generation": 0})
    person.renew(body={"generation": 1})


@once("generation", "cookies")
def a_nonce_for_a_later_generation_accuses_nobody(person: Person) -> None:
    person.login()
    person.renew(STRANGER, body={"generation": 7})
    person.renew(body={"generation": 0})


@once("generation", "cookies")
def an_ended_session_says_so_whatever_generation_is_meant(person: Person) -> None:
    person.login()
    kept = person.copy()
    person.logout()
    kept.renew(body={"generation": 7})
    kept.renew(body={"generation": 0})


@once("generation", "cookies")
def an_overdue_session_says_so_whatever_generation_is_meant(person: Person) -> None:
    person.login()
    person.tape.wait(604_800)
    person.renew(body={"generation": 7})


@once("generation", "cookies")
def without_a_generation_the_nonce_decides(person: Person) -> None:
    person.login()
    old = person.copy()
    person.renew()
    old.copy().renew()
    old.renew(STRANGER)


@once("generation", "cookies")
def an_unbound_session_heeds_the_generation_too(person: Person) -> None:
    person.login(bound=False)
    person.renew(None, body={"generation": 1})
    person.renew(None, body={"generation": 0})


@once("generation", "the header")
def who_holds_the_token_in_hand_cannot_ask_with_a_false_generation(person: Person) -> None:
    person.login()
    stolen = person.copy()
    person.renew()
    stolen.renew(STRANGER, body={"generation": 5})
    person.me()


@both("generation")
def a_generation_that_is_no_count_is_refused(person: Person) -> None:
    person.login()
    person.renew(body={"generation": "0"})
    person.renew(body={"generation": -1})
    person.renew()


@both("generation")
def a_nonce_of_another_shape_is_refused_and_ends_nothing(person: Person) -> None:
    person.login()
    person.renew("short")
    person.renew()


@once("csrf", "cookies")
def cookies_without_the_csrf_token_refresh_nothing(person: Person) -> None:
    person.login()
    person.renew(X_CSRF_Token="")
    person.renew()


@once("csrf", "cookies")
def a_csrf_token_that_is_made_up_refreshes_nothing(person: Person) -> None:
    person.login()
    person.renew(X_CSRF_Token=person.session + ".0.made-up")
    person.renew(X_CSRF_Token="x")
    person.renew()


@once("csrf", "cookies")
def the_csrf_token_of_another_session_refreshes_nothing(person: Person) -> None:
    person.login()
    other = person.elsewhere("cookies")
    person.renew(X_CSRF_Token=other.csrf)
    person.renew(X_CSRF_Token=other.csrf, cookies=person.jar() | {"tally_csrf": other.csrf})
    person.renew()


@once("csrf", "cookies")
def the_csrf_token_of_an_earlier_generation_does_as_well(person: Person) -> None:
    person.login()
    earlier = person.csrf
    person.renew()
    person.renew(X_CSRF_Token=earlier)


@once("csrf", "cookies")
def the_header_counts_and_not_the_readable_cookie(person: Person) -> None:
    person.login()
    person.renew(cookies=person.jar() | {"tally_csrf": "x"})
    person.renew(X_CSRF_Token="", cookies=person.jar())


@once("csrf", "cookies")
def a_page_of_another_origin_refreshes_nothing(person: Person) -> None:
    person.login()
    person.renew(Origin=FOREIGN)
    person.renew(Origin="null")
    person.renew(Origin="", Sec_Fetch_Site="cross-site")
    person.renew(Origin="", Sec_Fetch_Site="same-site")
    person.renew(Origin="", Sec_Fetch_Site="same-origin")
    person.renew(Origin="")


@once("csrf", "cookies")
def a_refresh_cookie_beside_no_other_may_be_planted(person: Person) -> None:
    person.login()
    person.renew(cookies={"tally_refresh": person.refresh, "tally_csrf": person.csrf})
    person.renew(cookies={"tally_refresh": person.refresh})
    person.renew()


@once("csrf", "cookies")
def a_refresh_cookie_beside_the_access_cookie_of_another_session_is_planted(
    person: Person,
) -> None:
    person.login()
    other = Person(person.tape, "cookies")
    other.login(name=RIVAL)
    person.renew(cookies=person.jar() | {"tally_access": other.access})
    person.renew()


@once("csrf", "cookies")
def an_access_cookie_that_nobody_can_read_leaves_it_to_the_csrf_cookie(person: Person) -> None:
    person.login()
    person.renew(cookies=person.jar() | {"tally_access": "x", "tally_csrf": "x"})
    person.renew(cookies=person.jar() | {"tally_access": "x"})


@once("csrf", "cookies")
def an_expired_access_cookie_still_names_its_session(person: Person) -> None:
    person.login()
    person.tape.wait(900)
    person.renew()


@once("csrf", "cookies")
def reading_needs_no_csrf_token_and_changing_does(person: Person) -> None:
    person.login()
    cookies = {"tally_access": person.access, "tally_csrf": person.csrf}
    person.tape.ask("GET", "/api/me", cookies=cookies)
    for headers in (
        {"Origin": ORIGIN},
        {"Origin": ORIGIN, "X-CSRF-Token": "x"},
        {"Origin": FOREIGN, "X-CSRF-Token": person.csrf},
    ):
        person.tape.ask("POST", "/api/auth/logout_all", headers=headers, cookies=cookies)
    person.me()


@once("csrf", "cookies")
def a_sign_out_by_cookies_must_be_meant(person: Person) -> None:
    person.login()
    for headers in (
        {"Origin": ORIGIN},
        {"Origin": ORIGIN, "X-CSRF-Token": "x"},
        {"Origin": FOREIGN, "X-CSRF-Token": person.csrf},
    ):
        person.tape.ask("DELETE", "/api/auth/logout", headers=headers, cookies=person.jar())
    person.me()


@once("csrf", "cookies")
def a_sign_in_of_another_origin_is_refused(person: Person) -> None:
    body = {"username": "hufu", "password": "{password}", "delivery": "cookie"}
    person.tape.ask("POST", "/api/auth/login", headers={"Origin": FOREIGN}, body=body)


@once("csrf", "cookies")
def what_is_in_cookies_stays_there(person: Person) -> None:
    person.login()
    person.renew(body={"delivery": "body"})
    person.renew(body={"delivery": "cookie"})
