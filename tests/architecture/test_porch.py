"""What meets a contributor first agrees with the rest."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))


def test_the_workflow_runs_the_script_that_everybody_runs() -> None:
    commands = [step["run"] for step in WORKFLOW["jobs"]["everything"]["steps"] if "run" in step]
    assert commands == ["sudo tests/needs servers chromium", "bash .ci/run"]


def test_the_workflow_tries_the_oldest_python_that_is_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert oldest in WORKFLOW["jobs"]["everything"]["strategy"]["matrix"]["python"]
    assert (ROOT / ".python-version").read_text().strip() == oldest


def test_the_node_version_is_the_one_that_is_promised() -> None:
    engines = json.loads((ROOT / "package.json").read_text("utf-8"))["engines"]
    assert engines["node"] == f">={(ROOT / '.nvmrc').read_text().strip()}"


def test_code_owners_are_named_for_places_that_exist() -> None:
    lines = (ROOT / ".github/CODEOWNERS").read_text("utf-8").splitlines()
    places = [line.split()[0] for line in lines if line.startswith("/")]
    assert places
    assert [place for place in places if not (ROOT / place.strip("/")).exists()] == []


def test_the_hooks_run_tools_of_the_project() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    for hook in hooks:
        tool = hook["entry"].split()[0]
        assert tool == "npx" or os.access(ROOT / tool, os.X_OK), tool


def test_a_subject_of_73_characters_is_refused(tmp_path: Path) -> None:
    message = tmp_path / "message"
    verdicts = []
    for length in (72, 73):
        message.write_text("x" * length + "\n\nThe body may have lines of any length. " + "y" * 80)
        done = subprocess.run([ROOT / "tests/subject", message], capture_output=True, check=False)
        verdicts.append(done.returncode)
    assert verdicts == [0, 1]


def test_every_form_asks_to_keep_secrets_out_or_names_the_private_way() -> None:
    bug = (ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text("utf-8")
    assert re.search(r"SECURITY\.md", bug)
    assert re.search(r"Remove passwords, tokens", bug)


def locked(name: str) -> dict[str, str]:
    """Return the lines of a lock file by package, with all that belongs to them."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    entries = re.findall(r"^(\S+)==(.*(?:\n    .*)*)", text, re.MULTILINE)
    assert entries
    return dict(entries)


def test_the_image_is_made_of_locked_packages_alone() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    assert re.findall(r"pip install (.+?)(?: \\)?$", dockerfile, re.MULTILINE) == [
        "--no-cache-dir --require-hashes -r requirements/image.txt",
        "--no-cache-dir --no-deps .",
    ]
    image, everything = locked("image.txt"), locked("dev.txt")
    assert {"psycopg", "pymysql", "redis", "boto3", *locked("run.txt")} <= set(image)
    for package, entry in image.items():
        assert "--hash=sha256:" in entry, package
        assert entry.split()[0] == everything[package].split()[0], package
