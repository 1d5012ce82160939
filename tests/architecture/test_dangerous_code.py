"""What no line of ours may do: the promises of docs/asvs.md that only the source can prove."""

import ast
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tigertally"
PYTHON = [path.relative_to(SOURCE).as_posix() for path in sorted(SOURCE.rglob("*.py"))]
SCRIPTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in ("packages", "apps")
    for path in sorted((ROOT / folder).glob("*/src/**/*"))
    if path.suffix in {".ts", ".vue"} and not path.name.endswith(".generated.ts")
}
ASKS_OTHERS = {
    "providers/mail/smtp.py": "the mail server of the settings",
    "providers/mail/connection.py": "the connection to it, with its deadline",
    "providers/upstream.py": "WeChat and Douyin, at the addresses of the settings",
    "server/providers.py": "reads which proxy the environment names",
    "storage/s3.py": "the bucket of the settings",
    "testing/wechat/push.py": "a service under test",
    "testing/wechat/server.py": "the stand-in answers, and asks nobody",
}
"""Where connections to others are opened over HTTP. Add a line only for a fixed address."""


@cache
def tree(file: str) -> ast.Module:
    """Return the parsed text of a file."""
    return ast.parse((SOURCE / file).read_text("utf-8"))


@cache
def calls(file: str) -> Sequence[tuple[str, ast.Call]]:
    """Return all calls of a file with the dotted name of what is called."""
    return [
        (ast.unparse(node.func), node)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
    ]


@cache
def imported(file: str) -> set[str]:
    """Return the names of imported modules, and of what is taken from them."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def called(*names: str) -> list[str]:
    """Return the files that call something of one of these names."""
    return [file for file in PYTHON if {name for name, _ in calls(file)} & {*names}]


def importing(*modules: str) -> set[str]:
    """Return the files that import one of these modules, or something below one."""
    below = tuple(f"{module}." for module in modules)
    return {
        file
        for file in PYTHON
        if any(name in modules or name.startswith(below) for name in imported(file))
    }


def scripts_with(pattern: str) -> list[str]:
    """Return the lines of pages and clients that a pattern is found in."""
    return [
        f"{name}: {line.strip()}"
        for name, text in SCRIPTS.items()
        for line in text.splitlines()
        if re.search(pattern, line)
    ]


def test_the_sources_are_found() -> None:
    assert len(PYTHON) > 150
    assert len(SCRIPTS) > 100


def test_no_text_becomes_code() -> None:
    evaluate = {"eval", "exec", "compile", "__import__", "render_template_string"}
    assert called(*evaluate, "yaml.unsafe_load", "Template", "jinja2.Template") == []
    # The contract, of the package itself, by a loader that makes plain values only.
    assert called("yaml.load") == ["contract/files.py"]
    assert "SafeLoader" in (SOURCE / "contract/files.py").read_text("utf-8")
    assert importing("pickle", "marshal", "shelve", "dill", "jsonpickle", "code") == set()
    assert scripts_with(r"\beval\(|new Function\b|setTimeout\(\s*['\"`]|import\(\s*\w+\s*\)") == []


def test_no_shell_is_started() -> None:
    assert called("os.system", "os.popen", "subprocess.getoutput", "pty.spawn") == []
    for file in PYTHON:
        for name, call in calls(file):
            if name.startswith("subprocess."):
                assert not [one for one in call.keywords if one.arg == "shell"], file


def test_no_text_becomes_markup() -> None:
    # `format` of a Markup escapes what it is given; a Markup of anything but a constant does not.
    for file in PYTHON:
        for name, call in calls(file):
            if name in {"Markup", "markupsafe.Markup"}:
                assert all(isinstance(one, ast.Constant) for one in call.args), file
    templates = [path.read_text("utf-8") for path in SOURCE.glob("web/templates/**/*.html")]
    assert templates
    assert not any(re.search(r"\|\s*safe\b|autoescape\s+false", text) for text in templates)
    into_pages = r"v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|rich-text"
    assert scripts_with(into_pages) == []


def is_made_of_values(node: ast.expr) -> bool:
    """Tell whether a text is put together while the program runs."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        # A name in capitals is a constant of ours.
        return not all(isinstance(part, ast.Name) and part.id.isupper() for part in parts)
    if isinstance(node, ast.BinOp):
        return not isinstance(node.left, ast.Constant) or not isinstance(node.right, ast.Constant)
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".format", ".join"))


def test_no_query_is_built_from_input() -> None:
    takes_sql = re.compile(r"(?:^|\.)(?:text|execute|exec_driver_sql|executemany)$")
    found = {
        f"{file}: {ast.unparse(call.args[0])}"
        for file in PYTHON
        if file.startswith(("storage/", "flows/", "web/", "flask/", "server/"))
        for name, call in calls(file)
        if takes_sql.search(name) and call.args and is_made_of_values(call.args[0])
    }
    # A number of ours, at the start of each connection.
    assert found == {"storage/sql/dialects/sqlite.py: f'PRAGMA busy_timeout = {patience}'"}


def test_every_pattern_is_a_constant() -> None:
    made = []
    for file in PYTHON:
        for name, call in calls(file):
            if not re.fullmatch(r"re\.(compile|match|search|fullmatch|sub|findall|split)", name):
                continue
            constants = re.fullmatch(
                r"(?:f?r?b?['\"].*|[A-Z_]+|re\.escape\(.*|pattern)", ast.unparse(call.args[0])
            )
            if not constants:
                made.append(f"{file}: {ast.unparse(call)}")
    assert made == []
    assert scripts_with(r"new RegExp\(") == []


def test_other_services_are_asked_in_few_places() -> None:
    clients = ("httpcore2", "httpx", "httpx2", "requests", "urllib.request", "boto3", "http.client")
    assert importing(*clients, "urllib3", "aiohttp", "smtplib", "ftplib") <= {*ASKS_OTHERS}
    assert "providers/upstream.py" in importing("httpcore2")


def test_ciphers_are_used_in_two_places_only() -> None:
    ciphers = importing("cryptography.hazmat.primitives.ciphers")
    # The second opens what WeChat sealed, the third seals in WeChat's place for tests.
    assert ciphers == {"secret.py", "providers/wechat_push.py", "testing/wechat/push.py"}
    assert called("AESGCM") == called("AESSIV") == ["secret.py"]
    assert called("modes.ECB") == []
    # RS256 signs with it by definition (RFC 7518 §3.3). To encrypt with it would be weak.
    assert called("padding.PKCS1v15") == ["core/jws.py"]
    assert not [name for name, _ in calls("core/jws.py") if name.endswith("crypt")]


def test_weak_hashes_are_used_where_wechat_demands_them_only() -> None:
    weak = called("hashlib.md5", "hashlib.sha1", "SHA1", "MD5", "hashes.SHA1", "hashes.MD5")
    assert weak == ["providers/wechat_push.py", "testing/wechat/push.py"]


def test_random_is_used_for_nothing_secret() -> None:
    # When housekeeping begins, how long who is turned away waits, and the chaos of a test.
    assert importing("random") == {
        "server/background.py",
        "server/edge/words.py",
        "testing/conformance/chaos.py",
    }
    found = scripts_with(r"Math\.random")
    names = {line.partition(":")[0] for line in found}
    assert names == {
        "packages/client/src/browser.ts",  # pauses; and random bytes where a page has no crypto
        "packages/client/src/coordinators.ts",  # which tab holds a lease
        "packages/uni/src/edges.ts",  # pauses
        "packages/uni/src/random.ts",  # says itself that nothing of it is a credential
    }


def test_no_object_is_filled_by_names_from_outside() -> None:
    assert scripts_with(r"__proto__|\bmerge\(|lodash|\$\.extend") == []
    # Written by a name that a variable holds: only into arrays, by number.
    assigned = [line for line in scripts_with(r"\w\[(\w+)\] = ") if "bottoms[column]" not in line]
    numbered = ("packages/client/src/hmac.ts", "apps/web/src/forms/submission.ts")
    assert [line for line in assigned if not line.startswith(numbered)] == []


def test_nothing_but_the_log_is_written_to() -> None:
    handlers = [
        f"{file}: {name}"
        for file in PYTHON
        for name, _ in calls(file)
        if name.endswith("Handler") and name.startswith(("logging.", "handlers."))
    ]
    assert handlers == ["server/logs.py: logging.StreamHandler"]
    assert importing("syslog") == set()


@pytest.mark.parametrize("file", ["providers/wechat_push.py"])
def test_xml_is_read_in_one_place(file: str) -> None:
    assert importing("xml", "lxml", "defusedxml") == {file}
