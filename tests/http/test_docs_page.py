"""The docs page: whole in both languages, harmless, and true to the contract."""

import json
import re
import shlex
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.departures import placeholders, problems_of_error, problems_of_response

from tigertally.contract.http import FORM, load_contract
from tigertally.contract.languages import LANGUAGES, Language
from tigertally.contract.texts import load_catalogue
from tigertally.flask.docs import docs_blueprint
from tigertally.web.docs_view import DocsView, OperationView
from tigertally.web.docs_words import WORDS

CONTRACT = load_contract()
CATALOGUE = load_catalogue()
VOID = {"meta", "link", "img"}


class Page(HTMLParser):
    """What a page holds; an assertion fails where a tag is not closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.tags: set[str] = set()
        self.text = ""
        self.labels = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            self.labels += f"{value}\n" if name == "aria-label" else ""
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src"}:
                self.links.append(value or "")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("host")
    app.register_blueprint(docs_blueprint())
    return app.test_client()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    return "zh-CN" if request.param == "zh-CN" else "en"


@pytest.fixture(scope="module")
def view(language: Language) -> DocsView:
    return DocsView(language)


@pytest.fixture(scope="module")
def page(client: FlaskClient, language: Language) -> Page:
    return Page(client.get(f"/api/docs?lang={language}").text)


def operations(view: DocsView) -> Iterator[OperationView]:
    for group in view.groups:
        yield from group.operations


def test_the_contract_is_served_to_programs_as_it_is(client: FlaskClient) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.mimetype == "application/json"
    assert answer.json == CONTRACT.document


@pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json", "/api/docs/static/docs.css"])
def test_everything_is_restricted_and_asked_for_again_by_its_etag(
    client: FlaskClient, path: str
) -> None:
    with client.get(path) as answer:
        etag = answer.headers["ETag"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-cache"
    with client.get(path, headers={"If-None-Match": etag}) as again:
        assert again.status_code == 304
        assert again.data == b""


def test_the_page_needs_no_script_and_no_style_of_its_own(page: Page) -> None:
    assert not {"script", "style", "iframe", "object", "form"} & page.tags
    assert "style" not in page.attributes
    assert not {name for name in page.attributes if name.startswith("on")}


def test_the_page_leads_to_no_foreign_host(client: FlaskClient, page: Page) -> None:
    for link in page.links:
        assert "//" not in link
        if not link.startswith("#"):
            with client.get(urljoin("/api/docs", link)) as answer:
                assert answer.status_code == 200, link


def test_every_anchor_is_there_once_and_every_link_finds_one(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_page_lists_every_operation_code_reason_and_event(page: Page) -> None:
    assert set(CONTRACT.operations) <= set(page.ids)
    assert {f"error-{code}" for code in CATALOGUE.errors} <= set(page.ids)
    assert {f"reason-{reason}" for reason in CATALOGUE.reasons} <= set(page.ids)
    assert {f"event-{name.replace(':', '-')}" for name in CATALOGUE.events} <= set(page.ids)


def test_the_page_shows_no_markup_of_its_source(page: Page) -> None:
    assert "`" not in page.text
    assert "None" not in page.text
    assert not re.search(r"\bx-[a-z]+-zh\b|\$ref", page.text)


def test_the_page_speaks_the_language_asked_for(page: Page, language: Language) -> None:
    said = CATALOGUE.text("errors", "invalid_credentials", language)
    other = CATALOGUE.text("errors", "invalid_credentials", "en" if language != "en" else "zh-CN")
    assert said in page.text
    assert other not in page.text
    if language == "en":
        assert set(re.findall(r"[\u4e00-\u9fff]+", page.text)) == {"中文"}


@pytest.mark.parametrize(
    ("query", "header", "expected"),
    [
        ("", None, "en"),
        ("", "zh-TW", "zh-CN"),
        ("?lang=en", "zh-CN", "en"),
        ("?lang=zh-CN", "en", "zh-CN"),
        ("?lang=tlh", "zh-CN", "zh-CN"),
        ("?lang=%00%ff&lang=en", "\x7f", "en"),
        ("?lang=" + "zh" * 5000, "," * 50_000, "en"),
    ],
)
def test_the_language_is_chosen_by_link_then_by_browser(
    client: FlaskClient, query: str, header: str | None, expected: str
) -> None:
    headers = {} if header is None else {"Accept-Language": header}
    answer = client.get(f"/api/docs{query}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == expected
    assert "Accept-Language" in answer.headers["Vary"]
    assert f'<html lang="{expected}">' in answer.text


def test_every_field_and_code_stands_beside_its_operation(view: DocsView) -> None:
    for each in operations(view):
        codes = {code for answer in each.answers for code in answer.codes}
        assert codes == each.operation.error_codes
        assert {answer.status for answer in each.answers} == each.operation.statuses
        assert all(row.description for table in each.inputs + each.outputs for row in table.rows)


def test_every_example_request_is_one_that_the_contract_accepts(view: DocsView) -> None:
    for each in operations(view):
        words = shlex.split(each.request_example)
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        if "-F" in words:
            body = dict([words[words.index("-F") + 1].split("=")])
        assert CONTRACT.problems_of_body(each.operation.operation_id, body) == {}
        assert ("-d" in words or "-F" in words) == each.operation.needs_body
        assert ("-F" in words) == (each.operation.body_type == FORM)
        assert "{" not in words[1]


def test_every_example_answer_is_one_that_the_contract_has(view: DocsView) -> None:
    for each in operations(view):
        if each.answer_example is not None:
            operation = each.operation
            found = problems_of_response(
                operation.operation_id,
                next(status for status in operation.statuses if status < 300),
                json.loads(each.answer_example),
            )
            assert found == []


def test_the_example_error_is_one_that_the_contract_has(view: DocsView) -> None:
    error = next(each for each in view.data_types if each.name == "Error")
    assert problems_of_error(401, json.loads(error.example)) == []


def test_a_table_says_what_may_be_left_out(view: DocsView) -> None:
    login = next(each for each in operations(view) if each.operation.operation_id == "login")
    marks = {row.name: row.mark for table in login.inputs for row in table.rows}
    assert marks["username"] == view.word("required")
    assert marks["device"] is None
    assert marks["device.type"] is None


def test_every_word_of_the_page_is_used(view: DocsView, page: Page) -> None:
    for key, text in WORDS.items():
        if not placeholders(text):
            assert view.word(key).replace("`", "") in page.text + page.labels, key


def test_the_blueprint_lives_under_a_prefixed_server_too() -> None:
    app = Flask("host")
    app.register_blueprint(docs_blueprint())
    html = app.test_client().get("/api/docs", base_url="http://localhost/sub/path").text
    assert 'href="docs/static/docs.css"' in html
