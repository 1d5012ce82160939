"""What is sealed opens under its own name, purpose and secret only."""

from tigertally.secret import Seal, Secret

MASTER = Secret("a master secret of enough characters")


def test_what_was_sealed_opens() -> None:
    seal = Seal(MASTER, "test/v1")
    assert seal.open(seal.close(b"plain", name="a"), name="a") == b"plain"


def test_each_sealing_is_another() -> None:
    seal = Seal(MASTER, "test/v1")
    assert seal.close(b"plain", name="a") != seal.close(b"plain", name="a")


def test_it_opens_under_no_other_name_purpose_or_secret() -> None:
    sealed = Seal(MASTER, "test/v1").close(b"plain", name="a")
    assert Seal(MASTER, "test/v1").open(sealed, name="b") is None
    assert Seal(MASTER, "test/v2").open(sealed, name="a") is None
    assert Seal(Secret("another master secret"), "test/v1").open(sealed, name="a") is None


def test_what_was_changed_or_cut_does_not_open() -> None:
    seal = Seal(MASTER, "test/v1")
    sealed = seal.close(b"plain", name="a")
    for damaged in (b"", sealed[:5], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        assert seal.open(damaged, name="a") is None
