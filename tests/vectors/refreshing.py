"""The table of the refresh, row by row, and the deadlines: ARCHITECTURE.md, ``core/refresh.py``."""

from tests.vectors.people import STRANGER, Person
from tests.vectors.recording import BATCH, nonce_for
from tests.vectors.registry import both, once

IDLE = 604_800
ABSOLUTE = 2_592_000
WINDOW = 10
RING = 64


@both("rotation")
def a_bound_session_rotates(person: Person) -> None:
    person.login()
    old = person.copy()
    person.renew()
    old.me()
    person.me()
    person.renew()


@both("rotation")
def an_unbound_session_rotates_and_ignores_nonces(person: Person) -> None:
    person.login(bound=False)
    person.renew(None)
    person.renew(STRANGER)


@both("rotation", refresh_rotation="bound")
def an_unbound_session_keeps_its_refresh_token_where_only_bound_ones_rotate(
    person: Person,
) -> None:
    person.login(bound=False)
    first = person.copy()
    person.renew(None)
    person.tape.wait(60)
    person.renew(STRANGER)
    first.renew(None)


@both("rotation", refresh_rotation="bound")
def a_bound_session_rotates_where_only_bound_ones_do(person: Person) -> None:
    person.login()
    person.renew()


@both("replay")
def a_lost_answer_is_given_again_until_its_tokens_are_used(person: Person) -> None:
    person.login()
    lost = person.copy()
    person.renew()
    for minutes in (0, 10, 60):
        person.tape.wait(minutes * 60)
        lost.copy().renew(nonce_for(0))
    person.renew()


@both("replay")
def a_parent_may_ask_again_for_ten_seconds_although_its_child_is_used(person: Person) -> None:
    person.login()
    parent = person.copy()
    person.renew()
    person.me()
    person.tape.wait(WINDOW)
    parent.copy().renew()
    person.tape.wait(1)
    parent.renew()
    person.renew()


@both("replay")
def what_was_seen_in_use_counts_once_it_is_written_down(person: Person) -> None:
    person.login()
    parent = person.copy()
    person.renew()
    person.tape.wait(WINDOW)
    person.me()
    person.tape.wait(1)
    parent.copy().renew()
    person.tape.wait(BATCH)
    parent.renew()


@both("replay")
def an_unbound_parent_may_ask_again_until_its_child_is_used(person: Person) -> None:
    person.login(bound=False)
    parent = person.copy()
    person.renew(None)
    person.tape.wait(600)
    parent.copy().renew(None)
    parent.copy().renew(STRANGER)
    person.me()
    person.tape.wait(WINDOW + 1)
    parent.renew(None)
    person.me()


@both("replay")
def an_access_token_of_the_parent_confirms_nothing(person: Person) -> None:
    person.login()
    parent = person.copy()
    person.renew()
    parent.me()
    person.tape.wait(600)
    parent.renew()


@both("replay")
def two_tabs_at_once_get_the_same_refresh_token(person: Person) -> None:
    person.login()
    other = person.copy()
    person.renew()
    other.renew()
    other.renew()
    person.renew()


@both("stale")
def a_tab_that_slept_two_generations_is_told_to_look_again(person: Person) -> None:
    person.login()
    frozen = person.copy()
    person.renew()
    person.renew()
    frozen.renew()
    person.renew()


@once("stale", "the header")
def the_ring_knows_the_makers_of_64_generations(person: Person) -> None:
    person.login()
    frozen = person.copy()
    person.refresh = person.tape.renew(RING, person.refresh, 0)
    frozen.renew()
    person.generation = RING
    person.renew()


@once("stale", "the header")
def the_ring_has_forgotten_the_maker_of_65_generations_ago(person: Person) -> None:
    person.login()
    frozen = person.copy()
    person.refresh = person.tape.renew(RING + 1, person.refresh, 0)
    frozen.renew()
    person.generation = RING + 1
    person.renew()


@once("stale", "the header")
def a_stranger_within_the_ring_is_a_thief(person: Person) -> None:
    person.login()
    stolen = person.copy()
    person.refresh = person.tape.renew(RING, person.refresh, 0)
    stolen.renew(STRANGER)


@both("stale")
def an_owner_whose_token_is_stale_can_sign_the_thief_out_with_it(person: Person) -> None:
    person.login()
    thief = person.copy()
    person.copy().renew()
    thief.renew(nonce_for(0))
    thief.renew(STRANGER)
    person.renew()
    thief.me()
    person.logout("refresh")
    thief.me()
    thief.renew()


@both("theft")
def a_bound_session_without_a_nonce_was_stolen(person: Person) -> None:
    person.login()
    person.copy().renew(None)
    person.me()
    person.renew()


@both("theft")
def a_thief_who_rotates_first_is_found_by_the_owner(person: Person) -> None:
    person.login()
    thief = person.copy()
    thief.renew(STRANGER)
    person.renew()
    thief.me()
    thief.renew(STRANGER)


@both("theft")
def a_parent_with_a_strange_nonce_was_stolen(person: Person) -> None:
    person.login()
    stolen = person.copy()
    person.renew()
    stolen.renew(STRANGER)
    person.me()


@both("theft")
def an_older_token_with_the_nonce_of_another_generation_was_stolen(person: Person) -> None:
    person.login()
    stolen = person.copy()
    person.renew()
    person.renew()
    stolen.renew(nonce_for(1))
    person.renew()


@both("theft")
def an_older_token_without_a_nonce_was_stolen(person: Person) -> None:
    person.login()
    stolen = person.copy()
    person.renew()
    person.renew()
    stolen.renew(None)
    person.renew()


@both("theft")
def an_older_token_of_an_unbound_session_was_stolen(person: Person) -> None:
    person.login(bound=False)
    stolen = person.copy()
    person.renew(None)
    person.renew(None)
    stolen.renew(None)
    person.me()
    person.renew(None)


@both("backup")
def a_token_ahead_of_a_restored_row_is_unknown_and_ends_nothing(person: Person) -> None:
    person.login()
    person.tape.backup()
    before = person.copy()
    person.renew()
    person.tape.restore()
    person.renew()
    before.renew()


@both("backup")
def a_token_of_a_row_that_a_restored_backup_lacks_is_unknown(person: Person) -> None:
    person.tape.backup()
    person.login()
    person.tape.restore()
    person.renew()
    person.logout()


@both("backup")
def a_child_of_before_the_backup_is_not_the_child_of_after_it(person: Person) -> None:
    person.login()
    person.tape.backup()
    before = person.copy()
    person.renew()
    person.tape.restore()
    before.renew(STRANGER)
    person.renew()


@both("deadlines")
def a_session_without_a_refresh_ends_idle(person: Person) -> None:
    person.login()
    person.tape.wait(IDLE - 1)
    person.renew()
    person.tape.wait(IDLE)
    person.me()
    person.renew()
    person.renew(None)


@both("deadlines")
def an_unbound_session_ends_idle(person: Person) -> None:
    person.login(bound=False)
    person.tape.wait(IDLE)
    person.renew(None)


@both("deadlines")
def a_session_expires_however_it_is_used(person: Person) -> None:
    person.login()
    for _ in range(4):
        person.tape.wait(IDLE - 3600)
        person.renew()
    person.tape.wait(ABSOLUTE - 4 * (IDLE - 3600) - 60)
    person.renew()
    person.tape.wait(60)
    person.me()
    person.renew()
    person.renew(STRANGER)


@both("deadlines")
def an_answer_that_is_given_again_moves_no_deadline(person: Person) -> None:
    person.login()
    lost = person.copy()
    person.renew()
    person.tape.wait(IDLE - 60)
    lost.renew()
    person.tape.wait(60)
    person.renew()


@both("deadlines", refresh_rotation="bound")
def a_token_that_is_kept_slides_its_deadline(person: Person) -> None:
    person.login(bound=False)
    person.tape.wait(IDLE - 1)
    person.renew(None)
    person.tape.wait(IDLE - 1)
    person.renew(None)
    person.tape.wait(IDLE)
    person.renew(None)


@both("deadlines")
def an_access_token_expires_and_the_refresh_token_does_not(person: Person) -> None:
    person.login()
    person.tape.wait(899)
    person.me()
    person.tape.wait(1)
    person.me()
    person.renew()
    person.me()
