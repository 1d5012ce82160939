"""Read a phone number that its owner agreed to give: by the button's code and our app's token.

All workers share one token, encrypted in the store. When it is old, one worker fetches the next.
The others go on with the old one, or wait if there is no valid token.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.identities import PhoneNumber
from tigertally.core.ports.identities import StoredAppToken
from tigertally.core.providers import PhoneSource
from tigertally.errors import ProviderUnavailable, TallyError
from tigertally.flows.context import Actor, Context, Outside, hold_actor, live_session
from tigertally.flows.steps.exchange_code import PresentedCode, counting_refusals
from tigertally.secret import Secret

RENEW_BEFORE: Final = timedelta(seconds=300)
"""WeChat issues the next token this long before the old one expires. Both are valid meanwhile."""

HELD_FOR: Final = timedelta(seconds=12)
POLL_EVERY: Final = 0.05  # seconds
POLLS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class ReadPhoneNumber:
    """Exchanges the codes of phone buttons."""

    context: Context
    outside: Outside
    pause: Callable[[float], None] = time.sleep

    def __call__(self, actor: Actor, presented: PresentedCode) -> PhoneNumber:
        """Return the number. It is stored nowhere.

        Raises NotFound for a provider without phone numbers, what providers raise, or SessionEnded.
        """
        source = self.outside.providers.phone(presented.provider)
        with self.context.store.reading() as tx:
            live_session(tx, actor, self.context.clock.now())
        with self.outside.room.place(), counting_refusals(self.context, presented):
            number = self._ask(source, presented)
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            _, session = hold_actor(tx, actor, now)
            tx.events.append(Event.of(EventName.PHONE_READ, session, now))
        return number

    def _ask(self, source: PhoneSource, presented: PresentedCode) -> PhoneNumber:
        token = self._token(source, presented, refused=None)
        number = source.phone_number(presented.code, app_id=presented.app_id, token=token)
        if number is None:
            # Somebody replaced the token. The provider refuses it before it looks at the code.
            token = self._token(source, presented, refused=token)
            number = source.phone_number(presented.code, app_id=presented.app_id, token=token)
        if number is None:
            raise ProviderUnavailable("a token that was just fetched is refused")
        return number

    def _token(
        self, source: PhoneSource, presented: PresentedCode, *, refused: Secret | None
    ) -> Secret:
        name = f"{presented.provider}/{presented.app_id}"
        for _ in range(POLLS_MAX):
            now = self.context.clock.now()
            with self.context.store.reading() as tx:
                stored = tx.app_tokens.get(name)
            if fresh := self._fresh(stored, name, now, refused):
                return fresh
            holder = new_id()
            with self.context.store.writing() as tx:
                mine = tx.app_tokens.claim(name, holder, now, held_until=now + HELD_FOR)
                # The former holder may have finished after we looked.
                fresh = self._fresh(tx.app_tokens.get(name), name, now, refused) if mine else None
                if fresh:
                    tx.app_tokens.put(name, holder, None)
            if fresh:
                return fresh
            if mine:
                return self._fetch(source, presented, name, holder)
            if token := self._usable(stored, name, now, refused):
                return token
            self.pause(POLL_EVERY)
        raise ProviderUnavailable("waited too long for another worker's token")

    def _fetch(
        self, source: PhoneSource, presented: PresentedCode, name: str, holder: str
    ) -> Secret:
        try:
            fetched = source.fetch_token(presented.app_id)
        except TallyError:
            with self.context.store.writing() as tx:
                tx.app_tokens.put(name, holder, None)
            raise
        sealed = self.outside.token_seal.close(fetched.text.reveal().encode(), name=name)
        expires_at = self.context.clock.now() + timedelta(seconds=fetched.lifetime)
        with self.context.store.writing() as tx:
            tx.app_tokens.put(name, holder, StoredAppToken(sealed, expires_at))
        return fetched.text

    def _fresh(
        self, stored: StoredAppToken | None, name: str, now: datetime, refused: Secret | None
    ) -> Secret | None:
        if stored is None or stored.expires_at - RENEW_BEFORE <= now:
            return None
        return self._usable(stored, name, now, refused)

    def _usable(
        self, stored: StoredAppToken | None, name: str, now: datetime, refused: Secret | None
    ) -> Secret | None:
        if stored is None or stored.expires_at <= now:
            return None
        plain = self.outside.token_seal.open(stored.sealed, name=name)
        # A token sealed under another master secret does not open, and is fetched again.
        if plain is None or (refused and plain == refused.reveal().encode()):
            return None
        return Secret(plain.decode())
