"""The documented answers, one function for each call."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tigertally.testing.wechat.people import Person, World

Json = dict[str, Any]
Call = Callable[[World, Mapping[str, str], Json], Json]

DOUYIN: Final = "/api/apps/v2/jscode2session"


def refused(errcode: int, path: str = "") -> Json:
    """Return an error in the form of the call at this path."""
    if path == DOUYIN:
        return {"err_no": errcode, "err_tips": "refused", "log_id": "0", "data": {}}
    return {"errcode": errcode, "errmsg": "refused, rid: 00000000-00000000-00000000"}


def _app_problem(world: World, app_id: str | None, secret: str | None) -> int | None:
    if not app_id:
        return 41002
    if not secret:
        return 41004
    if app_id not in world.apps:
        return 40013
    return None if world.apps[app_id] == secret else 40125


def _code_to_session(world: World, query: Mapping[str, str], _body: Json) -> Json:
    app_id, secret = query.get("appid"), query.get("secret")
    if (problem := _app_problem(world, app_id, secret)) is not None:
        return refused(problem)
    found = world.spend(query.get("js_code", ""), str(app_id), "login")
    if isinstance(found, int):
        return refused(found)
    answer = {"session_key": _session_key(found), "openid": found.openid(str(app_id))}
    return answer | ({"unionid": found.unionid} if found.unionid else {})


def _web_token(world: World, query: Mapping[str, str], _body: Json) -> Json:
    app_id, secret = query.get("appid"), query.get("secret")
    if (problem := _app_problem(world, app_id, secret)) is not None:
        return refused(problem)
    found = world.spend(query.get("code", ""), str(app_id), "login")
    if isinstance(found, int):
        return refused(found)
    return {
        "access_token": f"web-{_session_key(found)}",
        "expires_in": 7200,
        "refresh_token": f"web-refresh-{_session_key(found)}",
        "openid": found.openid(str(app_id)),
        "scope": "snsapi_login",
        "unionid": found.unionid,
    }


def _stable_token(world: World, _query: Mapping[str, str], body: Json) -> Json:
    app_id, secret = body.get("appid"), body.get("secret")
    if (problem := _app_problem(world, app_id, secret)) is not None:
        return refused(problem)
    token, seconds = world.token(str(app_id), force=body.get("force_refresh") is True)
    return {"access_token": token, "expires_in": seconds}


def _phone_number(world: World, query: Mapping[str, str], body: Json) -> Json:
    app_id = world.app_of(query.get("access_token", ""))
    if app_id is None:
        return refused(40001)
    found = world.spend(str(body.get("code", "")), app_id, "phone")
    if isinstance(found, int):
        return refused(found)
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": found.phone,
            "purePhoneNumber": found.phone,
            "countryCode": "86",
            "watermark": {"timestamp": int(world.clock.unix()), "appid": app_id},
        },
    }


def _douyin_session(world: World, _query: Mapping[str, str], body: Json) -> Json:
    app_id, secret = body.get("appid"), body.get("secret")
    if app_id not in world.apps:
        return refused(40015, DOUYIN)
    if world.apps[str(app_id)] != secret:
        return refused(40017, DOUYIN)
    found = world.spend(str(body.get("code", "")), str(app_id), "login")
    if isinstance(found, int):
        return refused(40018, DOUYIN)
    return {
        "err_no": 0,
        "err_tips": "success",
        "log_id": "0",
        "data": {
            "session_key": _session_key(found),
            "openid": found.openid(str(app_id)),
            "anonymous_openid": "",
            "unionid": found.unionid or "",
        },
    }


def _session_key(person: Person) -> str:
    return f"sk-{person.openid('session-key')}=="


CALLS: Final[Mapping[tuple[str, str], Call]] = {
    ("GET", "/sns/jscode2session"): _code_to_session,
    ("GET", "/sns/oauth2/access_token"): _web_token,
    ("POST", "/cgi-bin/stable_token"): _stable_token,
    ("POST", "/wxa/business/getuserphonenumber"): _phone_number,
    ("POST", DOUYIN): _douyin_session,
}
