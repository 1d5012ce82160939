"""A thousand applications in one process leave nothing behind: no thread, descriptor or memory."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.waiting import PATIENCE

PROGRAM = """
import gc, json, os, sys, threading
from flask import Flask
from tigertally import TigerTally

def sign_in_and_out(client):
    body = {"username": "hufu", "password": "two halves make one"}
    client.post("/api/auth/register", json=body)
    answer = client.post("/api/auth/login", json=body).get_json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert client.delete("/api/auth/logout", headers=headers).status_code == 200
    assert client.get("/api/me", headers=headers).status_code == 401

def live(number):
    app = Flask("host")
    app.config.update(
        TALLY_DATA_DIR=sys.argv[1], TALLY_PASSWORD_COST="testing", TALLY_MAIL="log", TESTING=True
    )
    tally = TigerTally(app)
    client = app.test_client()
    assert client.get("/api/me").status_code == 401
    if number % 10 == 0:
        sign_in_and_out(client)
    tally.close()

def left():
    gc.collect()
    return {
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "maps": sum("tally.db" in line for line in open("/proc/self/maps")),
        "blocks": sys.getallocatedblocks(),
    }

counts = []
for number in range(1000):
    live(number)
    if number in (499, 999):
        counts.append(left())
print(json.dumps(counts))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc lists descriptors and mappings")
def test_a_thousand_applications_made_and_closed_leave_nothing(
    installation: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(installation, data)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(data)],
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    early, late = json.loads(done.stdout.splitlines()[-1])
    # By the first count the caches are full, such as that of compiled statements. One application
    # has several thousand blocks.
    growth = late.pop("blocks") - early.pop("blocks")
    assert growth < 8 * 500
    assert late == early
    assert late["threads"] == 1
    assert late["maps"] == 0
