"""Running services, ended whatever happens; their logs are shown where a test fails."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.command_line import Cli
from tests.integration.service import Service
from tests.integration.services import Services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Start as many services as a test wants."""
    started = Services(tmp_path)
    yield started
    started.end()


@pytest.fixture
def service(services: Services, installation: Path) -> Service:
    """The standalone service with four workers and its default settings.

    It is not its first start: to make a database takes as long as all the rest.
    """
    shutil.copytree(installation, services.data_dir)
    return services.serve()


@pytest.fixture
def cli(services: Services) -> Cli:
    """The command line, on the data directory that services of the same test use."""
    return Cli(services.data_dir)
