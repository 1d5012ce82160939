"""Below a path: every operation of the contract is found there, and nothing leads out of it."""

from http.cookies import SimpleCookie
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from tests.http.below_a_path.asking import OPERATIONS, request_for
from tests.http.below_a_path.leading import outside
from tests.http.below_a_path.mounts import HOST, ROOT, Mount
from tests.http.callers import NAME, PASSWORD
from tests.http.holding import departures


def test_every_operation_is_found_and_nothing_in_its_answer_leads_out(mount: Mount) -> None:
    """Complete by construction: what is added to the contract is asked for too."""
    login = mount.send(
        "POST", "/api/auth/login", json={"username": NAME, "password": PASSWORD}
    ).get_json()
    stranger: dict[str, str] = {}
    bearer = {"Authorization": f"Bearer {login['access_token']}"}
    found: dict[str, set[int]] = {}
    last = {"logout_all", "delete_me", "logout", "logout_post"}
    for operation in sorted(OPERATIONS, key=lambda one: one.operation_id in last):
        path, sent = request_for(operation)
        for headers in (stranger, bearer):
            answer = mount.send(operation.method, path, headers=headers, **sent)
            assert departures(answer) == [], (operation.operation_id, answer.text[:200])
            assert outside(answer) == [], operation.operation_id
            found.setdefault(operation.operation_id, set()).add(answer.status_code)
    unfound = {name for name, statuses in found.items() if statuses <= {404, 405}}
    # These speak of things that are not there; they are found, as their own words say.
    assert unfound <= {
        "end_session", "read_file", "delete_file", "unlink_identity", "verify_push",
        "receive_push", "read_metrics",
    }  # fmt: skip


def test_a_browser_signs_in_renews_and_signs_out_below_the_path(mount: Mount) -> None:
    """The refresh cookie goes to the refresh call, and to nothing outside of the path."""
    body = {"username": NAME, "password": PASSWORD, "delivery": "cookie", "remember": True}
    answer = mount.send("POST", "/api/auth/login", json=body, headers={"Origin": HOST})
    assert answer.status_code == 200
    given = {
        name: morsel
        for header in answer.headers.getlist("Set-Cookie")
        for name, morsel in SimpleCookie(header).items()
    }
    assert {name: morsel["path"] for name, morsel in given.items()} == {
        "tally_access": "/",
        "tally_csrf": "/",
        "tally_refresh": f"{ROOT}/api/auth",
        "tally_remember": f"{ROOT}/api/auth",
    }
    # The browser sees the outer address, whatever arrives here.
    sent = {
        "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in given.items()),
        "X-CSRF-Token": answer.get_json()["csrf_token"],
        "Origin": HOST,
    }
    renewed = mount.send("POST", "/api/auth/refresh", headers=sent)
    assert renewed.status_code == 200
    assert outside(renewed) == []
    gone = mount.send("DELETE", "/api/auth/logout", headers=sent)
    assert gone.status_code == 200
    cleared = [one for one in gone.headers.getlist("Set-Cookie") if "refresh" in one]
    assert f"Path={ROOT}/api/auth" in cleared[0]


def test_a_picture_is_found_at_the_returned_address(mount: Mount) -> None:
    login = mount.send("POST", "/api/auth/login", json={"username": NAME, "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.get_json()['access_token']}"}
    answer = mount.send("POST", "/api/files", headers=headers, data={"file": (png(), "a.png")})
    assert answer.status_code == 201, answer.text
    assert outside(answer) == []
    url = answer.get_json()["file"]["content_url"]
    assert mount.send("GET", url.removeprefix(ROOT), headers=headers).status_code == 200


def png() -> BytesIO:
    """Return a small picture."""
    found = BytesIO()
    Image.new("RGB", (2, 2)).save(found, "PNG")
    found.seek(0)
    return found


def test_the_way_back_from_a_providers_page_leads_below_the_path(mount: Mount) -> None:
    answer = mount.send("POST", "/api/auth/login/wechat-web/start", json={})
    query = parse_qs(urlsplit(answer.get_json()["authorize_url"]).query)
    assert query["redirect_uri"] == [f"{HOST}{ROOT}/login/wechat-web"]


def test_the_pages_find_their_files_below_the_path(mount: Mount) -> None:
    answers = [mount.send("GET", path) for path in ("/", "/login", "/devices/7")]
    if answers[0].status_code == 404:
        # An application that embeds the product has pages of its own.
        return
    for answer in answers:
        assert answer.status_code == 200
        assert f'href="{ROOT}/favicon.svg"' in answer.text
        assert f'src="{ROOT}/assets/app.js"' in answer.text
        assert 'href="https://example.com/"' in answer.text
        assert outside(answer) == []
    script = mount.send("GET", "/assets/app.js")
    assert script.text == "run()"
    script.close()
