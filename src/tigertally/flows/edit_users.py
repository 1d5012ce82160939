"""Create and change other people's accounts, as an administrator."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.passwords import one_time_password
from tigertally.core.users import User, clean_username
from tigertally.errors import LastWayToSignIn
from tigertally.flows.account import cleaned_profile
from tigertally.flows.context import Actor, Context, acting_device, live_session
from tigertally.flows.manage_users import ManageUsers
from tigertally.flows.register import Registration, insert_user, make_user
from tigertally.flows.steps.administration import authorised
from tigertally.flows.steps.reach import other_ways
from tigertally.secret import Secret

CREATE: Final = "tally:user:create"
EDIT: Final = "tally:user:edit"


@dataclass(frozen=True, slots=True)
class EditUsers:
    """Creates and changes accounts. Each raises SessionEnded and Forbidden."""

    context: Context
    actor: Actor

    def create(
        self, username: str, *, email: str | None, display_name: str | None
    ) -> tuple[User, Secret]:
        """Create an account, even if registration is closed. Return it with a one-time password.

        The password is told once, and must be changed when it first signs in. Raises
        InvalidRequest or UsernameTaken.
        """
        with self.context.store.reading() as tx:
            authorised(self.context, tx, self.actor, permission=CREATE, now=self._now)
        password = one_time_password()
        profile = cleaned_profile({"display_name": display_name})
        made = replace(
            make_user(self.context, Registration(username, password, email)),
            display_name=profile["display_name"],
            must_change_password=True,
        )
        with self.context.store.writing() as tx:
            tx.users.hold(self.actor.user_id)
            acting = authorised(self.context, tx, self.actor, permission=CREATE, now=self._now)
            session = live_session(tx, self.actor, self._now)
            insert_user(tx, made, self._now)
            tx.events.append(
                Event(
                    name=EventName.ADMIN_USER_CREATED,
                    at=self._now,
                    user_id=made.id,
                    actor_id=acting.user_id,
                    device=acting_device(session, self.actor),
                )
            )
        return made, password

    def edit(self, user_id: str, values: dict[str, str | None]) -> User:
        """Change only the fields that are sent, and return the account.

        A new address is not verified. Raises NotFound, InvalidRequest, UsernameTaken and
        LastWayToSignIn.
        """
        values = cleaned_profile(values)
        with ManageUsers(self.context, self.actor).acting(user_id, EDIT) as act:
            user = act.user
            username = values.get("username")
            changed = user.with_email(values.get("email", user.email))
            lost = user.email_verified and not changed.email_verified
            if lost and not other_ways(act.tx, user):
                raise LastWayToSignIn
            if changed.email != user.email:
                # Codes may lie in the mailbox that is the account's no longer.
                act.tx.challenges.end_all(user.id)
            changed = replace(
                changed,
                username=user.username if username is None else clean_username(username),
                display_name=values.get("display_name", user.display_name),
                locale=values.get("locale", user.locale),
            )
            act.replace(changed, EventName.ADMIN_USER_EDITED)
        return changed

    @property
    def _now(self) -> datetime:
        return self.context.clock.now()
