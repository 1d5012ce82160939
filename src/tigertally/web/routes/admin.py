"""Administration: accounts, live sessions and the history of everybody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tigertally.core.addresses import address_of
from tigertally.core.directory import SessionFilter, UserFilter, UserState
from tigertally.core.events import EventFilter, EventName, Outcome, names_like
from tigertally.core.pages import Place, WordPlace
from tigertally.core.sessions import DeviceType
from tigertally.errors import InvalidRequest
from tigertally.flows.read_directory import ReadDirectory
from tigertally.flows.read_events import EventsAsked, ReadEvents
from tigertally.web.admin_answers import (
    admin_event_json,
    admin_session_json,
    admin_user_json,
)
from tigertally.web.answers import contact_json, identity_json
from tigertally.web.call import Call
from tigertally.web.event_files import FILES
from tigertally.web.values import Answer, json_answer

_NUMBER_MAX: Final = 2**63 - 1


def admin_list_users(call: Call) -> Answer:
    """List accounts."""
    state, words = call.query.get("state"), call.query.get("q")
    page = ReadDirectory(call.services.context).users(
        call.actor,
        UserFilter(
            words=words,
            state=UserState(state) if state else None,
            role=call.query.get("role"),
        ),
        after=_place_of_words(call) if words and words.strip() else _place(call),
        limit=call.query["limit"],
    )
    return json_answer(
        {
            "users": [
                admin_user_json(one, call.services.context.clock.now()) for one in page.users
            ],
            "next_cursor": _cursor(page.following),
        }
    )


def admin_read_user(call: Call, id: str) -> Answer:  # noqa: A002 - the contract calls it that
    """Show an account."""
    shown = ReadDirectory(call.services.context).user(call.actor, id)
    return json_answer(
        {
            "user": admin_user_json(shown.found, call.services.context.clock.now()),
            "identities": [identity_json(one) for one in shown.identities],
            "contacts": [contact_json(one) for one in shown.contacts],
            "live_sessions": shown.live_sessions,
        }
    )


def admin_list_sessions(call: Call) -> Answer:
    """List live sessions."""
    device_type = call.query.get("device_type")
    page = ReadDirectory(call.services.context).online(
        call.actor,
        SessionFilter(
            address=_address(call.query),
            device_type=DeviceType(device_type) if device_type else None,
            role=call.query.get("role"),
        ),
        user=call.query.get("user"),
        after=_place(call),
        limit=call.query["limit"],
    )
    current = call.signed_in.session_id
    return json_answer(
        {
            "sessions": [
                admin_session_json(one, owner, current=one.id == current)
                for one, owner in page.sessions
            ],
            "next_cursor": _cursor(page.following),
        }
    )


def admin_list_events(call: Call) -> Answer:
    """Search the history, or export it."""
    asked = _events_asked(call.query)
    read = ReadEvents(call.services.context)
    kinds = ["application/json", *FILES]
    kind = call.request.accept_mimetypes.best_match(kinds, default=kinds[0])
    if kind in FILES:
        found = read.each_for(call.actor, asked)
        return Answer(FILES[kind](found), content_type=f"{kind}; charset=utf-8")
    page = read.shown(call.actor, asked, before=_before(call.query), limit=call.query["limit"])
    following = page.page.next_before
    return json_answer(
        {
            "events": [admin_event_json(event, page.people) for event in page.page.events],
            "next_cursor": None if following is None else str(following),
        }
    )


def admin_read_settings(call: Call) -> Answer:
    """Show the settings, each with its origin."""
    ReadDirectory(call.services.context).require_live(call.actor)
    shown = [one.as_json(call.language) for one in call.services.settings()]
    return json_answer({"settings": shown})


def _events_asked(query: Mapping[str, Any]) -> EventsAsked:
    return EventsAsked(
        rest=EventFilter(
            names=_names(query.get("name")),
            outcome=Outcome(query["outcome"]) if "outcome" in query else None,
            address=_address(query),
            since=_moment(query.get("since")),
            until=_moment(query.get("until")),
        ),
        user=query.get("user"),
        actor=query.get("actor"),
    )


def _names(patterns: str | None) -> frozenset[EventName] | None:
    if patterns is None:
        return None
    try:
        return names_like(pattern.strip() for pattern in patterns.split(","))
    except ValueError:
        raise InvalidRequest.at("name", "pattern") from None


def _address(query: Mapping[str, Any]) -> str | None:
    typed = query.get("address")
    if typed is None:
        return None
    address = address_of(typed)
    if address is None:
        raise InvalidRequest.at("address", "pattern")
    return str(address)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _before(query: Mapping[str, Any]) -> int | None:
    cursor = query.get("cursor")
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit()) or int(cursor[:20]) > _NUMBER_MAX:
        raise InvalidRequest.at("cursor", "pattern")
    return int(cursor)


def _place(call: Call) -> Place | None:
    cursor = call.query.get("cursor")
    return None if cursor is None else Place.parse(cursor)


def _place_of_words(call: Call) -> WordPlace | None:
    cursor = call.query.get("cursor")
    return None if cursor is None else WordPlace.parse(cursor)


def _cursor(place: Place | WordPlace | None) -> str | None:
    return None if place is None else str(place)
