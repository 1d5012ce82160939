"""What meets a contributor first agrees with the rest."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tigertally.version import __version__

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))


def steps() -> list[dict[str, Any]]:
    """Return the steps of all jobs of the workflow."""
    return [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_the_workflow_runs_the_commands_that_everybody_runs() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8").splitlines()
    commands = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make check", "make test"]
    installed = "sudo tests/needs servers chromium"
    assert [step["run"] for step in steps() if "run" in step] == [installed, *commands]


def test_every_target_that_the_commands_make_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"^make (.+)$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_the_workflow_can_read_and_nothing_else() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert [job for job in WORKFLOW["jobs"].values() if "permissions" in job] == []
    assert "secrets." not in text
    assert "pull_request_target" not in text
    kept = [step["with"]["persist-credentials"] for step in steps() if "checkout" in str(step)]
    assert kept == [False]


def test_every_action_is_pinned() -> None:
    actions = [step["uses"] for step in steps() if "uses" in step]
    assert actions
    pinned = re.compile(r"actions/[\w-]+@(v\d+|[0-9a-f]{40})")
    assert [action for action in actions if not pinned.fullmatch(action)] == []


def test_the_workflow_tries_every_python_from_the_oldest_that_is_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    tried = WORKFLOW["jobs"]["everything"]["strategy"]["matrix"]["python"]
    minor = int(oldest.removeprefix("3."))
    assert tried == [f"3.{minor + newer}" for newer in range(len(tried))]
    assert (ROOT / ".python-version").read_text().strip() == oldest


def test_the_node_version_is_the_one_that_is_promised() -> None:
    engines = json.loads((ROOT / "package.json").read_text("utf-8"))["engines"]
    assert engines["node"] == f">={(ROOT / '.nvmrc').read_text().strip()}"


def test_the_hooks_run_tools_of_the_project() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    for hook in hooks:
        tool = hook["entry"].split()[0]
        assert os.access(ROOT / tool, os.X_OK), tool


def test_the_formatter_of_pages_never_touches_the_contract() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = {hook["id"]: hook for repo in config["repos"] for hook in repo["hooks"]}
    ours = re.compile(hooks["prettier"]["files"])
    contract = sorted((ROOT / "src/tigertally/contract").glob("*.yaml"))
    assert len(contract) == 3
    assert not [path for path in contract if ours.search(path.relative_to(ROOT).as_posix())]
    assert ours.search("packages/client/src/client.ts")


def test_a_subject_of_73_characters_is_refused(tmp_path: Path) -> None:
    message = tmp_path / "message"
    verdicts = []
    for length in (72, 73):
        message.write_text("x" * length + "\n\nThe body may have lines of any length. " + "y" * 80)
        done = subprocess.run([ROOT / "tests/subject", message], capture_output=True, check=False)
        verdicts.append(done.returncode)
    assert verdicts == [0, 1]


FORMS = sorted((ROOT / ".github").glob("ISSUE_TEMPLATE/*.yml"))
ASKING = [path for path in FORMS if path.name != "config.yml"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_forms_for_bugs_and_features() -> None:
    assert [path.name for path in ASKING] == ["bug.yml", "feature.yml"]


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.name)
def test_a_form_has_what_the_site_demands_and_asks_in_both_languages(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= set(form)
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in asked}) == len(asked) > 0
    for text in [form["name"], form["description"], *(p["attributes"]["label"] for p in asked)]:
        assert CHINESE.search(text), text
        assert re.search(r"[A-Za-z]{3}", text), text


def test_the_bug_form_warns_of_secrets_and_names_the_private_way() -> None:
    bug = (ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text("utf-8")
    assert re.search(r"SECURITY\.md", bug)
    assert re.search(r"Remove passwords, tokens", bug)


def test_every_yaml_file_of_the_porch_can_be_read() -> None:
    paths = [*(ROOT / ".github").rglob("*.yml"), ROOT / ".pre-commit-config.yaml"]
    assert len(paths) >= 6
    for path in paths:
        assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict), path


def test_every_generated_file_that_is_marked_is_there() -> None:
    lines = (ROOT / ".gitattributes").read_text("utf-8").splitlines()
    marked = [line.split()[0] for line in lines if "linguist-generated" in line]
    assert marked
    assert [pattern for pattern in marked if not list(ROOT.glob(pattern))] == []


def test_one_version_stands_everywhere() -> None:
    packages = [*ROOT.glob("packages/*/package.json"), *ROOT.glob("apps/*/package.json")]
    assert len(packages) == 6
    for path in packages:
        package = json.loads(path.read_text("utf-8"))
        ours = package.get("dependencies", {}) | package.get("peerDependencies", {})
        named = [ours[name] for name in ours if name.startswith("@tigertally/")]
        assert package["version"] == __version__, path
        # Applications install the client beside the others: one copy, of the same minor version.
        assert set(named) <= {f"^{__version__}"}, path
    manifest = json.loads((ROOT / "apps/uniapp/src/manifest.json").read_text("utf-8"))
    assert manifest["versionName"] == __version__
    contract = ROOT / "src/tigertally/contract/openapi.yaml"
    assert yaml.safe_load(contract.read_text("utf-8"))["info"]["version"] == __version__
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] == __version__


def test_no_lock_names_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*package-lock.json"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    ours = listed.stdout.split()
    assert {"package-lock.json", "apps/uniapp/package-lock.json"} <= set(ours)
    for name in ours:
        packages = json.loads((ROOT / name).read_text("utf-8"))["packages"].values()
        assert packages
        assert [one for one in packages if "://" in one.get("resolved", "")] == [], name
    locks = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("benchmarks/*.txt")]
    assert locks
    for path in locks:
        assert not re.search(r"://|--(extra-)?index-url", path.read_text("utf-8")), path


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
