"""What every store of bytes promises, whether it is a folder or a bucket."""

from threading import Barrier, Thread

import pytest
from tests.conformance.files.stored import EARLIER, LATER, whole
from tests.waiting import PATIENCE

from tigertally.core.files import Piece, Rendition
from tigertally.core.identifiers import new_id
from tigertally.core.ports.files import Blobs


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 40_960])
def test_stored_bytes_are_read_back_in_each_rendition(blobs: Blobs, content: bytes) -> None:
    file_id = new_id()
    blobs.put(file_id, Rendition.FULL, content)
    blobs.put(file_id, Rendition.THUMB, b"small")
    assert whole(blobs, file_id, Rendition.FULL) == content
    assert whole(blobs, file_id, Rendition.THUMB) == b"small"


def test_bytes_never_stored_are_not_found(blobs: Blobs) -> None:
    file_id = new_id()
    assert whole(blobs, file_id, Rendition.FULL) is None
    blobs.put(file_id, Rendition.FULL, b"x")
    assert whole(blobs, file_id, Rendition.THUMB) is None
    assert whole(blobs, new_id(), Rendition.FULL) is None


def test_a_piece_is_read_from_anywhere_and_never_longer_than_asked(blobs: Blobs) -> None:
    file_id = new_id()
    blobs.put(file_id, Rendition.FULL, b"0123456789")
    for start, length, data in ((0, 4, b"0123"), (4, 4, b"4567"), (8, 4, b"89"), (9, 1, b"9")):
        assert blobs.read(file_id, Rendition.FULL, start=start, length=length) == Piece(data, 10)
    for start in (10, 11, 1000):
        behind = blobs.read(file_id, Rendition.FULL, start=start, length=4)
        assert behind is not None
        assert behind.data == b""


def test_all_renditions_of_an_id_are_removed_and_no_other_id(blobs: Blobs) -> None:
    gone, other = new_id(), new_id()
    for file_id in (gone, other):
        for rendition in Rendition:
            blobs.put(file_id, rendition, b"x")
    blobs.remove([gone, new_id()])
    blobs.remove([gone])
    blobs.remove([])
    assert all(whole(blobs, gone, rendition) is None for rendition in Rendition)
    assert all(whole(blobs, other, rendition) == b"x" for rendition in Rendition)


def test_files_written_before_an_instant_are_found(blobs: Blobs) -> None:
    assert list(blobs.written_before(LATER)) == []
    ids = {new_id() for _ in range(5)}
    for file_id in ids:
        blobs.put(file_id, Rendition.THUMB, b"x")
    assert set(blobs.written_before(LATER)) == ids
    assert list(blobs.written_before(EARLIER)) == []


def test_writers_of_one_id_never_mix_their_bytes(blobs: Blobs) -> None:
    file_id, start = new_id(), Barrier(4)
    contents = [bytes([number]) * 300_000 for number in range(4)]

    def write(content: bytes) -> None:
        start.wait(PATIENCE)
        blobs.put(file_id, Rendition.FULL, content)

    threads = [Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert whole(blobs, file_id, Rendition.FULL) in contents
