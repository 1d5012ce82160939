"""The transcripts as the files that are kept."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.servers.places import memory
from tests.vectors import browsers, endings, refreshing
from tests.vectors.recording import Recording, open_service
from tests.vectors.registry import SCENES, Scene
from tests.vectors.rendering import rendered

FOLDER: Final = Path(__file__).parents[2] / "src/tigertally/contract/vectors/refresh"

PLAYS: Final = (refreshing, browsers, endings)
"""Imported for what they record."""


def text(file: str, fresh: Path) -> str:
    """Play the transcripts of one file; return what it holds.

    ``fresh`` is a data directory that was migrated: to do so for each would take most of the time.
    """
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        played = [_played(scene, fresh, Path(folder) / "data") for scene in SCENES[file]]
    return rendered(played)


def write_all() -> None:
    """Play every transcript, and keep them in the contract in place of those that are there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for former in FOLDER.glob("*.json"):
        former.unlink()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        fresh = Path(folder) / "fresh"
        open_service(fresh, {}).composition.close()
        for file in SCENES:
            (FOLDER / f"{file}.json").write_text(text(file, fresh), encoding="utf-8")


def _played(scene: Scene, fresh: Path, data: Path) -> dict[str, Any]:
    shutil.copytree(fresh, data)
    service = open_service(data, scene.settings)
    try:
        tape = Recording(service)
        scene.play(tape)
    finally:
        service.composition.close()
        shutil.rmtree(data)
    settings = {"settings": scene.settings} if scene.settings else {}
    return {"name": scene.name, **settings, "steps": tape.steps}
