"""Folders of any name: everything lies inside of them, and nothing beside."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.waiting import PATIENCE

from tigertally.core.sessions import Device, DeviceType
from tigertally.errors import SetupError
from tigertally.flows.register import Register, Registration
from tigertally.secret import Secret
from tigertally.server.compose import compose
from tigertally.server.data_dir import database_url
from tigertally.settings import load_settings

NAMES = [
    "50%off",
    "a%20b",
    "100%",
    "what?",
    "a?b=c&d=e",
    "a#b",
    "a b",
    " a",
    "商店",
    'it\'s "ours"',
    "a@b:c",
    "a+b",
    "a;b",
    "$HOME",
    "{x}",
    "%(here)s",
    "back\\slash",
    ":memory:",
    "file:x",
    "~",
]


def run(data_dir: Path, *command: str, cwd: Path | None = None) -> str:
    """Run the command line over a data directory."""
    done = subprocess.run(
        [sys.executable, "-m", "tigertally", *command],
        env={**os.environ, "TALLY_DATA_DIR": str(data_dir)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_data_directory_of_any_name_holds_everything(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    settings = load_settings({"data_dir": folder}, environ={})
    composition = compose(settings)
    device = Device(DeviceType.WEB, None, None, None)
    Register(composition.context)(
        Registration("hufu", Secret("two halves make one"), None), device=device
    )
    composition.close()
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert {"tally.db", "secret"} <= {one.name for one in folder.iterdir()}
    again = compose(settings)
    with again.store.reading() as tx:
        assert tx.users.find("hufu") is not None
    again.close()
    assert database_url(settings).startswith("sqlite:///")


@pytest.mark.parametrize("name", ["50%off?#a", "商 店'\""])
def test_the_commands_find_the_directory_and_copy_to_the_target(tmp_path: Path, name: str) -> None:
    folder, other = tmp_path / name, tmp_path / f"other-{name}"
    run(folder, "db", "upgrade")
    assert run(folder, "db", "status").strip() == "current"
    other.mkdir()
    target = tmp_path / "target"
    target.write_text(database_url(load_settings({"data_dir": other}, environ={})), "utf-8")
    run(folder, "db", "copy", "--to", f"@{target}")
    assert (other / "tally.db").is_file()
    assert {one.name for one in tmp_path.iterdir()} == {name, other.name, "target"}


def test_a_relative_folder_and_one_of_the_home_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run(Path("~/my tally"), "db", "upgrade", cwd=tmp_path)
    run(Path("rel%ative"), "db", "upgrade", cwd=tmp_path)
    assert (tmp_path / "my tally" / "tally.db").is_file()
    assert (tmp_path / "rel%ative" / "tally.db").is_file()


@pytest.mark.parametrize("name", ["~nobody-of-this-name/x", "a\x00b", "\udcff"])
def test_an_impossible_folder_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(SetupError, match="TALLY_DATA_DIR"):
        load_settings({"data_dir": name}, environ={})


# Who else may look into it


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o701])
def test_a_directory_of_ours_that_all_may_look_into_is_closed(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data"
    for _ in range(2):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
        compose(load_settings({"data_dir": folder}, environ={})).close()
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_holds_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    shared, sticky = tmp_path / "shared", tmp_path / "sticky"
    for folder, mode in ((shared, 0o755), (sticky, 0o1777)):
        folder.mkdir()
        folder.chmod(mode)
    (shared / "index.html").write_text("somebody's site")
    for folder, mode in ((shared, 0o755), (sticky, 0o1777)):
        compose(load_settings({"data_dir": folder}, environ={})).close()
        assert folder.stat().st_mode & 0o7777 == mode


# Secrets as containers are handed them

READ = """
import os, sys
from pathlib import Path
from tigertally.server.data_dir import master_secret
from tigertally.settings import load_settings
os.setgroups([]); os.setgid(65534); os.setuid(65534)
settings = load_settings({"secret_file": Path(sys.argv[1])}, environ={})
print(master_secret(settings).reveal() == master_secret(settings).reveal())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users")
@pytest.mark.parametrize("mode", [0o444, 0o644, 0o755])
def test_a_secret_that_this_user_cannot_protect_is_taken_with_a_warning(mode: int) -> None:
    """A file of root's, as Kubernetes and Docker mount them: no `chmod` of ours could succeed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        file = folder / "secret"
        file.write_text("q8Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt")
        file.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", READ, str(file)],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert done.stdout.strip() == "True", done.stderr
    assert done.stderr.count(f"has mode {mode:o}") == 1
