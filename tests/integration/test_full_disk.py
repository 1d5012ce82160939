"""A disk that is full: who is signed in stays served, nothing answered is lost, and it heals."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.command_line import Cli
from tests.integration.service import Service
from tests.integration.services import Services
from tests.integration.test_hostile_uploads import upload_to
from tests.pictures import drawing, encoded
from tests.waiting import wait_until

from tigertally.core.files import PictureKind
from tigertally.storage.doorbell.page import Doorbell

UNAVAILABLE = (503, "upstream_unavailable", None)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tally", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount the small disk that this test fills")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all that is free."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return filling
    return filling


def serve(services: Services, disk: Path) -> Service:
    services.data_dir = disk / "data"
    return services.serve(workers=2)


def test_signed_in_users_stay_served_and_the_service_recovers(
    services: Services, disk: Path
) -> None:
    service = serve(services, disk)
    service.register("hufu")
    gone, stays = service.login("hufu").body, service.login("hufu").body
    service.logout(gone["access_token"])
    workers = service.worker_pids()
    filling = fill(disk)
    # Until the pages that the log of the database had left are used up, writes may still succeed.
    wait_until(lambda: service.login("hufu").verdict == UNAVAILABLE, "the disk is full for writers")
    for _ in range(20):
        assert service.call("GET", "/healthz").status == 200
        assert service.call("GET", "/metrics").status == 200
        assert service.call("GET", "/api/me", token=stays["access_token"]).status == 200
        assert service.call("GET", "/api/me", token=gone["access_token"]).status == 401
    assert service.refresh(stays["refresh_token"]).verdict == UNAVAILABLE
    assert service.logout(stays["access_token"]).verdict == UNAVAILABLE
    assert service.call("GET", "/api/me", token=stays["access_token"]).status == 200
    assert service.worker_pids() == workers
    filling.unlink()
    assert service.refresh(stays["refresh_token"]).status == 200
    assert service.logout(stays["access_token"]).status == 200
    assert service.call("GET", "/api/me", token=stays["access_token"]).status == 401
    assert service.call("GET", "/readyz").status == 200
    assert "Traceback" not in service.read_log()


def test_pictures_leave_disk_space_for_the_rest(services: Services, disk: Path) -> None:
    service = serve(services, disk)
    service.register("hufu")
    token = service.login("hufu").body["access_token"]
    picture = encoded(drawing(), PictureKind.PNG)
    filling = fill(disk)
    os.truncate(filling, filling.stat().st_size - 1024 * 1024)
    assert upload_to(service, token, picture).verdict == UNAVAILABLE
    # Nothing is decoded for a disk that has no room: not even what is broken is found out.
    assert upload_to(service, token, picture[:60]).verdict == UNAVAILABLE
    assert service.login("hufu").status == 200
    filling.unlink()
    assert upload_to(service, token, picture).status == 201


def test_a_start_on_a_full_disk_says_so(cli: Cli, disk: Path) -> None:
    fill(disk)
    outcome = cli("serve", "--data-dir", str(disk / "data"), "--port", "1")
    assert outcome.code == 2
    assert "Traceback" not in outcome.said
    assert "is full" in outcome.said or "No space left" in outcome.said


def test_a_page_with_a_hole_in_it_gets_its_block_or_is_refused(disk: Path) -> None:
    page = disk / "page"
    with page.open("wb") as file:
        file.truncate(4096)
    filling = fill(disk)
    with pytest.raises(OSError, match="No space left"):
        Doorbell(page, database_id="x")
    filling.unlink()
    assert Doorbell(page, database_id="x").is_sound()
