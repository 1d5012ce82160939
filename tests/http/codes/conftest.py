"""A service that sends codes, and somebody who has an address and a number."""

import pytest
from tests.http.callers import Caller, Carrier, Serve, Service
from tests.http.codes.mailbox import EMAIL, PHONE, give_mailbox, verified


@pytest.fixture
def service(serve: Serve) -> Service:
    """The service, with e-mail and SMS."""
    return give_mailbox(serve(mail="log", sms="log"))


@pytest.fixture
def lina(service: Service, carrier: Carrier) -> Caller:
    """Somebody with a verified address and a verified number, who is signed in."""
    user = service.caller(carrier)
    user.register()
    user.login()
    verified(user, service, email=EMAIL)
    verified(user, service, phone=PHONE)
    return user


@pytest.fixture
def stranger(service: Service, carrier: Carrier) -> Caller:
    """Somebody at another browser."""
    return service.caller(carrier)
