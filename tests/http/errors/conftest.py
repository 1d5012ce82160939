"""A caller that remembers nothing."""

import pytest
from flask.testing import FlaskClient
from tests.http.callers import Service


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return service.client()
