"""An application chooses where our API lies, and which parts of it there are."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pytest
from flask import Flask
from PIL import Image
from tests.http.callers import NAME, PASSWORD, code_of

from tigertally import TigerTally
from tigertally.contract.http import Operation, load_contract
from tigertally.errors import SetupError
from tigertally.server import parts as parts_module
from tigertally.server.app import make_app
from tigertally.server.asgi import create
from tigertally.server.compose import Composition
from tigertally.server.parts import Part
from tigertally.web.addresses import PAGES, PARTS

OPERATIONS = load_contract().operations
BODY = {"username": NAME, "password": PASSWORD}
Embed = Callable[..., Flask]


@pytest.fixture
def embed(tmp_path: Path) -> Iterator[Embed]:
    """Embed the product with the arguments given."""
    made: list[Composition] = []

    def build(**chosen: Any) -> Flask:
        app = Flask("host", instance_path=str(tmp_path / "data"))
        app.config.update(TALLY_PASSWORD_COST="testing", TESTING=True)
        made.append(TigerTally(**chosen).init_app(app))
        return app

    yield build
    for composition in made:
        composition.close()


def addresses_of(app: Flask) -> set[tuple[str, str]]:
    """Return method and address of each rule of ours."""
    return {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("tigertally")
        for method in rule.methods or ()
    } - {("GET", "/static/{path:filename}")}


def has(app: Flask, operation: Operation, prefix: str = "/api") -> bool:
    path = operation.path.replace("/api/", f"{prefix}/")
    return (operation.method, path) in addresses_of(app)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_that_is_left_out_has_no_address_and_the_others_have_theirs(
    embed: Embed, part: str
) -> None:
    """Complete by construction: the contract says of each operation what it belongs to."""
    app = embed(parts=PARTS - {part})
    for operation in OPERATIONS.values():
        assert has(app, operation) == (operation.part != part), operation.operation_id


def test_the_parts_that_types_know_are_those_of_the_contract() -> None:
    assert {*get_args(Part)} == {*PARTS, PAGES}
    assert {one.part for one in OPERATIONS.values()} == PARTS


def test_every_address_below_the_prefix_moves_and_the_others_stay(embed: Embed) -> None:
    app = embed(prefix="/account/api")
    for operation in OPERATIONS.values():
        assert has(app, operation, prefix="/account/api"), operation.operation_id
    assert not [path for _, path in addresses_of(app) if path.startswith("/api")]


@pytest.mark.parametrize("written", ["/v1/auth/", "v1/auth"])
def test_a_journey_below_another_prefix(embed: Embed, written: str) -> None:
    app = embed(prefix=written)
    client = app.test_client()
    assert client.post("/v1/auth/auth/register", json=BODY).status_code == 201
    answer = client.post("/v1/auth/auth/login", json={**BODY, "delivery": "cookie"})
    csrf = {"X-CSRF-Token": answer.get_json()["csrf_token"]}
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if "refresh" in one)
    assert "Path=/v1/auth/auth;" in f"{cookie};"
    assert client.post("/v1/auth/auth/refresh", headers=csrf).status_code == 200
    assert client.get("/v1/auth/me").status_code == 200
    assert client.delete("/v1/auth/auth/logout", headers=csrf).status_code == 200
    assert client.get("/api/me").status_code == 404


def test_what_we_say_of_addresses_is_true_below_another_prefix(embed: Embed) -> None:
    client = embed(prefix="/v1", parts=PARTS - {"files", "metrics"}).test_client()
    contract = client.get("/v1/openapi.json").get_json()
    assert {"/v1/auth/login", "/v1/me", "/healthz"} <= {*contract["paths"]}
    assert not [path for path in contract["paths"] if path.startswith(("/api", "/v1/files"))]
    assert "/metrics" not in contract["paths"]
    assert "/api/" not in str(contract)
    page = client.get("/v1/docs").text
    assert "/v1/auth/login" in page
    assert "/api/" not in page
    assert 'id="list_files"' not in page
    with client.get("/v1/docs/static/docs.css") as answer:
        assert answer.status_code == 200
    refused = client.post("/v1/auth/login", json={})
    assert refused.get_json()["hint"].endswith("see /v1/docs.")


def test_files_say_their_own_address_below_another_prefix(embed: Embed) -> None:
    client = embed(prefix="/v1").test_client()
    client.post("/v1/auth/register", json=BODY)
    token = client.post("/v1/auth/login", json=BODY).get_json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    picture = BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    sent = {"file": (BytesIO(picture.getvalue()), "a.png")}
    shown = client.post("/v1/files", data=sent, headers=headers).get_json()["file"]
    assert shown["content_url"].startswith("/v1/files/")
    with client.get(shown["content_url"], headers=headers) as answer:
        assert answer.status_code == 200


def test_the_setting_says_the_same_and_the_argument_counts_more(tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path))
    app.config["TALLY_API_PREFIX"] = "/v1"
    TigerTally().init_app(app).close()
    assert ("GET", "/v1/me") in addresses_of(app)
    other = Flask("other", instance_path=str(tmp_path))
    other.config["TALLY_API_PREFIX"] = "/v1"
    TigerTally(prefix="/v2").init_app(other).close()
    assert ("GET", "/v2/me") in addresses_of(other)


@pytest.mark.parametrize("wrong", ["", "/", "/a b", "/../api", "https://x.example/api", "/<id>"])
def test_a_prefix_that_is_no_path_is_refused_before_anything_is_written(
    tmp_path: Path, wrong: str
) -> None:
    with pytest.raises(SetupError, match="TALLY_API_PREFIX"):
        TigerTally(Flask("host", instance_path=str(tmp_path / "new")), prefix=wrong)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"session"}, "did you mean 'sessions'?"),
        ({"x"}, "use some of"),
        ("sessions", "write parts={'sessions'}"),
    ],
)
def test_an_unknown_part_is_refused_with_the_one_that_was_meant(wrong: Any, remedy: str) -> None:
    with pytest.raises(SetupError) as raised:
        TigerTally(parts=wrong)
    assert remedy in raised.value.remedy


@pytest.mark.parametrize("home", [make_app, create])
def test_the_service_alone_refuses_another_prefix(
    home: Any, compose_with: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLY_API_PREFIX", "/v1")
    given = [compose_with(api_prefix="/v1")] if home is make_app else []
    with pytest.raises(SetupError, match="TigerTally"):
        home(*given)


# Pages


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with built pages."""
    folder = tmp_path / "webui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<script src="./assets/a.js"></script>')
    (folder / "assets" / "a.js").write_text("1")
    monkeypatch.setattr(parts_module, "WEBUI", folder)
    return folder


def test_the_pages_lie_above_the_api_and_the_hosts_own_stay(embed: Embed, built: Path) -> None:
    app = embed(prefix="/account/api", parts={*PARTS, PAGES})
    app.add_url_rule("/", view_func=lambda: "home", endpoint="home")
    client = app.test_client()
    for path in ("/account/", "/account/login", "/account/sessions"):
        assert 'src="/account/assets/a.js"' in client.get(path).text
    with client.get("/account/assets/a.js") as answer:
        assert answer.status_code == 200
    assert client.get("/account/api/nowhere").status_code == 404
    assert client.get("/").text == "home"
    assert client.get("/elsewhere").status_code == 404
    assert code_of(client.get("/account/api/me")) == (401, "token_missing")


@pytest.mark.parametrize("prefix", [None, "/v1"])
def test_pages_that_cannot_find_the_api_are_refused(
    tmp_path: Path, built: Path, prefix: str | None
) -> None:
    app = Flask("host", instance_path=str(tmp_path / "new"))
    with pytest.raises(SetupError, match="expect the API below"):
        TigerTally(app, prefix=prefix, parts={"sessions", "pages"})
    assert not (tmp_path / "new").exists()


def test_an_installation_without_pages_says_so(tmp_path: Path, built: Path) -> None:
    (built / "index.html").unlink()
    app = Flask("host", instance_path=str(tmp_path / "new"))
    with pytest.raises(SetupError, match="has no pages"):
        TigerTally(app, prefix="/account/api", parts={"pages"})
