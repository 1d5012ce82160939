"""Read and change one's own account: profile, sessions, history."""

from dataclasses import dataclass, replace

from tigertally.core.events import Event, EventName
from tigertally.core.pages import Place
from tigertally.core.ports.events import EventPage
from tigertally.core.ports.sessions import SessionPage
from tigertally.core.reserved import refuse_formula
from tigertally.core.sessions import Session
from tigertally.core.users import LOCALES, User, clean_display_name, clean_email
from tigertally.errors import FreshTokenRequired, InvalidRequest, LastWayToSignIn
from tigertally.flows.context import (
    Actor,
    Context,
    hold_actor,
    live_account,
    live_session,
    with_roles,
)
from tigertally.flows.steps.reach import other_ways


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """New values by name, only of fields that change. ``None`` clears a field."""

    values: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Account:
    """Reads and changes one's own account."""

    context: Context

    def who(self, actor: Actor) -> tuple[User, Session]:
        """Return the stored user and session of the actor. Raises SessionEnded."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            user, session = live_account(tx, actor, now)
        return with_roles(self.context, user), session

    def sessions(self, actor: Actor, *, after: Place | None, limit: int) -> SessionPage:
        """Return the actor's live sessions, the current one first. Raises SessionEnded."""
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            live_session(tx, actor, now)
            return tx.sessions.page(
                actor.user_id, now, first=actor.session_id, after=after, limit=limit
            )

    def events(self, actor: Actor, *, before: int | None, limit: int) -> EventPage:
        """Return the actor's events, newest first. Raises SessionEnded."""
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
            return tx.events.page(actor.user_id, before=before, limit=limit)

    def update(self, actor: Actor, change: ProfileChange, *, fresh: bool) -> User:
        """Change the account and return it. A new e-mail address is not verified.

        Whether another account has the address shows in nothing.

        ``fresh``: whether the user entered credentials recently. A new address requires it:
        somebody at an unlocked screen must not redirect messages. Raises InvalidRequest,
        FreshTokenRequired, LastWayToSignIn or SessionEnded.
        """
        values = cleaned_profile(change.values)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            user, session = hold_actor(tx, actor, now)
            email = values.get("email", user.email)
            if email != user.email and not fresh:
                raise FreshTokenRequired
            changed = user.with_email(email)
            if user.email_verified and not changed.email_verified and not other_ways(tx, user):
                raise LastWayToSignIn
            if email != user.email:
                # Codes may lie in the mailbox that is the account's no longer.
                tx.challenges.end_all(user.id)
            avatar = values.get("avatar_file_id")
            if avatar is not None and tx.files.get(user.id, avatar) is None:
                raise InvalidRequest.at("avatar_file_id", "file_unknown")
            user = replace(
                changed,
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


def cleaned_profile(values: dict[str, str | None]) -> dict[str, str | None]:
    """Return new values of a profile in the form that they are kept in. Raises InvalidRequest."""
    cleaned = dict(values)
    if (name := values.get("display_name")) is not None:
        cleaned["display_name"] = clean_display_name(name)
    if "email" in values:
        cleaned["email"] = _clean_email(values["email"]) if values["email"] else None
    if values.get("locale") not in {None, *LOCALES}:
        raise InvalidRequest.at("locale", "choice")
    return cleaned
