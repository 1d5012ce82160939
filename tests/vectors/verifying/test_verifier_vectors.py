"""The cases that every port of the verifier answers are answered by ours, and proven."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from tests.vectors.verifying.files import FOLDER, text
from tests.vectors.verifying.play import by_tasks, by_threads
from tests.vectors.verifying.script import CASES

AT_LEAST = 40

KEPT: dict[str, Any] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
LISTED = [(file, case) for file, kept in KEPT.items() for case in kept["cases"]]


@pytest.mark.parametrize("file", CASES)
def test_the_kept_cases_are_those_that_are_written(file: str) -> None:
    assert text(file) == (FOLDER / f"{file}.json").read_text("utf-8"), "run: make vectors"


def test_no_file_is_kept_that_nobody_writes() -> None:
    assert set(KEPT) == set(CASES)


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case["name"] for _, case in LISTED]
    assert len(names) == len(set(names)) >= AT_LEAST


@pytest.mark.parametrize("play", [by_threads, by_tasks], ids=["threads", "asyncio"])
@pytest.mark.parametrize(
    ("file", "case"), LISTED, ids=lambda one: one["name"] if isinstance(one, dict) else one
)
def test_the_verifier_answers_as_the_case_says(file: str, case: Any, play: Any) -> None:
    play(case, KEPT[file]["tokens"])


def test_every_proof_is_what_the_documentation_says() -> None:
    """Computed here from its words alone."""
    checked = 0
    for file, case in LISTED:
        if file in {"answers", "roles"}:
            continue  # there wrong ones are on purpose
        secret = KEPT[file]["service_key"].rpartition("_")[2].encode()
        for ask in (ask for step in case["steps"] for ask in step["questions"]):
            if ask["answer"] is None or "proof" not in ask["answer"]:
                continue
            digest = hashlib.sha256(ask["answer"]["body"].encode()).hexdigest()
            message = f"feed/v1\n{ask['nonce']}\n{digest}".encode()
            made = urlsafe_b64encode(hmac.digest(secret, message, "sha256")).rstrip(b"=")
            assert ask["answer"]["proof"] == f"v1={made.decode()}"
            checked += 1
    assert checked >= AT_LEAST
