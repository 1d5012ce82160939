"""What is sealed opens under its own name, purpose and secret only."""

from tigertally.secret import Seal, Secret, SteadySeal

MASTER = Secret("a master secret of enough characters")


def test_a_sealed_value_opens() -> None:
    seal = Seal(MASTER, "test/v1")
    assert seal.open(seal.close(b"plain", name="a"), name="a") == b"plain"


def test_each_sealing_gives_other_bytes() -> None:
    seal = Seal(MASTER, "test/v1")
    assert seal.close(b"plain", name="a") != seal.close(b"plain", name="a")


def test_a_seal_opens_under_no_other_name_purpose_or_secret() -> None:
    sealed = Seal(MASTER, "test/v1").close(b"plain", name="a")
    assert Seal(MASTER, "test/v1").open(sealed, name="b") is None
    assert Seal(MASTER, "test/v2").open(sealed, name="a") is None
    assert Seal(Secret("another master secret"), "test/v1").open(sealed, name="a") is None


def test_a_changed_or_cut_value_does_not_open() -> None:
    seal = Seal(MASTER, "test/v1")
    sealed = seal.close(b"plain", name="a")
    for damaged in (b"", sealed[:5], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        assert seal.open(damaged, name="a") is None


def test_a_steady_seal_makes_the_same_of_the_same_and_opens_under_its_name_only() -> None:
    seal, other = SteadySeal(MASTER, "test/v1"), SteadySeal(MASTER, "test/v2")
    sealed = seal.close(b"number 7", name="hufu")
    assert sealed == SteadySeal(MASTER, "test/v1").close(b"number 7", name="hufu")
    assert len(sealed) == 8 + 16
    assert b"number 7" not in sealed
    assert len({sealed, seal.close(b"number 8", name="hufu"), seal.close(b"number 7", name="x"),
                other.close(b"number 7", name="hufu")}) == 4  # fmt: skip
    assert seal.open(sealed, name="hufu") == b"number 7"
    assert seal.open(sealed, name="x") is None
    assert other.open(sealed, name="hufu") is None
    for at in range(len(sealed)):
        assert seal.open(sealed[:at], name="hufu") is None
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        assert seal.open(changed, name="hufu") is None
