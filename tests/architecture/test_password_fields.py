"""Fields for passwords: masked, and open to password managers (docs/asvs.md, V6.2)."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
WEB = ROOT / "apps" / "web" / "src"
PHONE = ROOT / "apps" / "uniapp" / "src"
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in (WEB, PHONE)
    for path in sorted(folder.rglob("*.vue"))
}


def elements(name: str) -> dict[str, list[str]]:
    """Return the tags of one kind, with their attributes, by file."""
    return {file: re.findall(rf"<{name}\b[^>]*>", text) for file, text in PAGES.items()}


def test_every_password_is_typed_into_a_masked_field() -> None:
    # In the web application there is one field for passwords; it masks until it is told to show.
    field = (WEB / "forms" / "PasswordField.vue").read_text("utf-8")
    assert """:type="shown ? 'text' : 'password'\"""" in field
    assert "const shown = ref(false)" in field
    for file, tags in elements("TextField").items():
        for tag in tags:
            if re.search(r'v-model="\w*[pP]assword"', tag):
                assert file.startswith("apps/uniapp/"), file
                assert re.search(r"\ssecret\b", tag), (file, tag)
    bare = [tag for tags in elements("input").values() for tag in tags]
    assert bare
    named = [tag for tag in bare if re.search(r'v-model="\w*[pP]assword"', tag)]
    # The field itself.
    assert len(named) == 1
    assert "shown" in named[0]


def test_no_field_blocks_password_managers() -> None:
    for file, text in PAGES.items():
        assert not re.search(r"@paste|onpaste|@copy|@drop\.prevent|autocomplete=\"off\"", text), (
            file
        )
    tags = [tag for tags in elements("PasswordField").values() for tag in tags]
    assert tags
    assert all(re.search(r'autocomplete="(current|new)-password"', tag) for tag in tags)


def test_no_member_asks_for_a_hint_or_a_secret_question() -> None:
    contract = yaml.safe_load((ROOT / "src/tigertally/contract/openapi.yaml").read_text("utf-8"))
    bodies = {
        name: json.dumps(sorted(schema.get("properties", {})))
        for name, schema in contract["components"]["schemas"].items()
        if name.endswith("Request")
    }
    assert "RegisterRequest" in bodies
    assert not any(re.search(r"hint|question|answer|mother|pet", text) for text in bodies.values())
