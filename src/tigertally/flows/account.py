"""What a signed-in person sees of their own account, and may change about it."""

from dataclasses import dataclass, replace

from tigertally.core.events import Event, EventName
from tigertally.core.pages import Place
from tigertally.core.ports import EventPage, SessionPage
from tigertally.core.reserved import refuse_formula
from tigertally.core.sessions import Session
from tigertally.core.users import LOCALES, User, clean_display_name, clean_email
from tigertally.errors import FreshTokenRequired, InvalidRequest
from tigertally.flows.context import Actor, Context, hold_actor, live_session, owner_of


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """New values by name, only of those that shall change; none empties a field."""

    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Account:
    """Reads and edits one's own account."""

    context: Context

    def who(self, actor: Actor) -> tuple[User, Session]:
        """Return the actor's user and session, as they are stored. Raises SessionEnded."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            session = live_session(tx, actor, now)
            return owner_of(tx, session, now), session

    def sessions(self, actor: Actor, *, after: Place | None, limit: int) -> SessionPage:
        """Return the actor's live sessions, the current one first. Raises SessionEnded."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            live_session(tx, actor, now)
            return tx.sessions.page(
                actor.user_id, now, first=actor.session_id, after=after, limit=limit
            )

    def events(self, actor: Actor, *, before: int | None, limit: int) -> EventPage:
        """Return what is written down about the actor, newest first. Raises SessionEnded."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            return tx.events.page(actor.user_id, before=before, limit=limit)

    def update(self, actor: Actor, change: ProfileChange, *, fresh: bool) -> User:
        """Return the changed account. Another address is not verified.

        ``fresh`` tells whether credentials were entered a short while ago: who finds an open screen
        must not lead messages elsewhere. Raises InvalidRequest, FreshTokenRequired for another
        address without it, or SessionEnded.
        """
        values = _cleaned(change.values)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            email = values.get("email", user.email)
            if email != user.email and not fresh:
                raise FreshTokenRequired
            avatar = values.get("avatar_file_id")
            if avatar is not None and tx.files.get(user.id, avatar) is None:
                raise InvalidRequest.at("avatar_file_id", "file_unknown")
            user = replace(
                user.with_email(email),
                display_name=values.get("display_name", user.display_name),
                locale=values.get("locale", user.locale),
                avatar_file_id=values.get("avatar_file_id", user.avatar_file_id),
            )
            tx.users.replace(user)
            tx.events.append(Event.of(EventName.USER_UPDATED, session, now))
        return user


def _clean_email(text: str) -> str:
    address = clean_email(text)
    refuse_formula(address, "email")
    return address


def _cleaned(values: dict[str, str | None]) -> dict[str, str | None]:
    cleaned = dict(values)
    if (name := values.get("display_name")) is not None:
        cleaned["display_name"] = clean_display_name(name)
    if "email" in values:
        cleaned["email"] = _clean_email(values["email"]) if values["email"] else None
    if values.get("locale") not in {None, *LOCALES}:
        raise InvalidRequest.at("locale", "choice")
    return cleaned
