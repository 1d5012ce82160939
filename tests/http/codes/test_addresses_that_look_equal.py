"""Two addresses can have one key and two mailboxes: a code goes to the one that the account has.

Case folding makes ``ß`` and ``ss`` equal, for a mail server they differ.
"""

import pytest
from tests.http.callers import Caller, Service, code_of
from tests.http.codes.mailbox import (
    asked,
    json_of,
    mailbox,
    verified,
)

from tigertally.flows.administer import Administer

OWN, OTHER = "hess@example.com", "heß@example.com"


def sent_to(service: Service) -> list[str]:
    """Return where the messages went."""
    return [message.to.value for message in mailbox(service).messages]


@pytest.mark.parametrize("purpose", ["login", "reset"])
def test_a_code_goes_to_the_address_that_was_verified(
    user: Caller, service: Service, stranger: Caller, purpose: str
) -> None:
    verified(user, service, email=OWN)
    asked(stranger, purpose, email=OTHER)
    assert sent_to(service) == [OWN, OWN]


def test_a_code_goes_to_the_address_that_an_operator_verified(
    service: Service, stranger: Caller
) -> None:
    stranger.register(email=OWN)
    Administer(service.composition.context).verify_email("hufu")
    asked(stranger, "reset", email=OTHER)
    assert sent_to(service) == [OWN]


def test_a_contact_is_verified_by_a_code_that_was_sent_to_it(
    user: Caller, service: Service
) -> None:
    added = json_of(user.send("POST", "/api/me/contacts", {"email": OWN}), 202)
    service.clock.move(seconds=61)
    again = json_of(user.send("POST", "/api/me/contacts", {"email": OTHER}), 202)
    assert again["contact"]["id"] == added["contact"]["id"]
    assert sent_to(service) == [OWN, OWN]


def test_a_profile_shows_as_verified_what_the_code_proved(user: Caller, service: Service) -> None:
    user.send("PATCH", "/api/me", {"email": OTHER})
    verified(user, service, email=OWN)
    me = json_of(user.me())["user"]
    assert (me["email"], me["email_verified"]) == (OWN, True)


@pytest.mark.parametrize(
    ("changed", "still"), [(OTHER, False), ("Hess@Example.com", True), (OWN, True)]
)
def test_another_spelling_stays_verified_only_if_the_mailbox_is_the_same(
    user: Caller, service: Service, stranger: Caller, changed: str, still: bool
) -> None:
    verified(user, service, email=OWN)
    user.reauthenticate()
    me = json_of(user.send("PATCH", "/api/me", {"email": changed}))["user"]
    assert (me["email"], me["email_verified"]) == (changed, still)
    # The contact is verified as before.
    assert stranger.login(OWN).status_code == 200
    assert code_of(stranger.login("nobody@example.com")) == (401, "invalid_credentials")
