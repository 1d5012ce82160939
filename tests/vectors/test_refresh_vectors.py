"""The transcripts that the clients' tests replay are what the service answers today."""

import json
from pathlib import Path

import pytest
from tests.vectors.files import FOLDER, text
from tests.vectors.registry import SCENES

AT_LEAST = 60


@pytest.mark.parametrize("file", SCENES)
def test_the_kept_transcripts_are_what_the_service_answers(file: str, installation: Path) -> None:
    kept = (FOLDER / f"{file}.json").read_text("utf-8")
    assert text(file, installation) == kept, "if the service should answer so, run: make vectors"


def test_no_transcripts_are_kept_that_nobody_plays() -> None:
    kept = {path.name for path in FOLDER.iterdir()}
    assert kept == {f"{file}.json" for file in SCENES}


def test_each_transcript_has_a_name_of_its_own() -> None:
    names = [
        scene["name"]
        for path in FOLDER.glob("*.json")
        for scene in json.loads(path.read_text("utf-8"))
    ]
    assert len(names) == len(set(names)) >= AT_LEAST
