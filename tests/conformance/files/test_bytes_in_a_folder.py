"""What a folder of bytes promises beyond that."""

import stat
from pathlib import Path

import pytest
from tests.conformance.files.stored import LATER, whole

from tigertally.core.files import Rendition
from tigertally.core.identifiers import new_id
from tigertally.errors import StoreUnavailable
from tigertally.storage.blobs import LocalBlobs


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "a" * 25, "A" * 26, "a" * 25 + "/", "a" * 26 + "\n"]
)
def test_only_an_id_of_ours_becomes_part_of_a_path(tmp_path: Path, name: str) -> None:
    store = LocalBlobs(tmp_path / "files")
    with pytest.raises(ValueError, match="id"):
        store.put(name, Rendition.FULL, b"x")
    with pytest.raises(ValueError, match="id"):
        whole(store, name, Rendition.FULL)
    with pytest.raises(ValueError, match="id"):
        store.remove([name])


def test_a_folder_of_files_is_for_its_owner_only(tmp_path: Path) -> None:
    LocalBlobs(tmp_path / "files").put(new_id(), Rendition.FULL, b"x")
    made = [tmp_path / "files", *(tmp_path / "files").rglob("*")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700, 0o700, 0o600]


def test_half_written_files_of_a_crash_are_removed(tmp_path: Path) -> None:
    store, file_id = LocalBlobs(tmp_path / "files"), new_id()
    store.put(file_id, Rendition.FULL, b"x")
    (kept,) = (tmp_path / "files").rglob("*.full")
    half = kept.rename(kept.with_name(f"{kept.name}.0123abcd"))
    assert whole(store, file_id, Rendition.FULL) is None
    assert list(store.written_before(LATER)) == [file_id]
    store.remove([file_id])
    assert not half.exists()


def test_foreign_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "files")
    store.put(new_id(), Rendition.FULL, b"x")
    (tmp_path / "files" / "README").mkdir()
    (tmp_path / "files" / "README" / "notes.txt").write_text("mine")
    assert len(list(store.written_before(LATER))) == 1


def test_a_folder_that_cannot_be_written_to_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("no folder")
    store = LocalBlobs(tmp_path / "files")
    with pytest.raises(StoreUnavailable):
        store.put(new_id(), Rendition.FULL, b"x")
    with pytest.raises(StoreUnavailable):
        whole(store, new_id(), Rendition.FULL)
