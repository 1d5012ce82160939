"""A world of the real journeys over a real database."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count

from tests.stateful.worlds import Issued, Refusal, verify

from tigertally.core.passwords import Passwords
from tigertally.core.refresh import Rotation
from tigertally.core.sessions import Device, Session
from tigertally.core.tokens import read_either
from tigertally.errors import RefreshStale, SessionEnded, SessionUnknown, TallyError
from tigertally.flows.account import Account, ProfileChange
from tigertally.flows.administer import Administer
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Actor, Tally
from tigertally.flows.delete_account import DeleteAccount
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.refresh import Refresh
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.flows.sign_out import Kick, SignOut, SignOutEverywhere
from tigertally.secret import Secret
from tigertally.server.compose import Composition
from tigertally.testing import MovableClock


class SqlWorld:
    """The product: its journeys, its store on a SQLite file, its feed and its verifier."""

    DEVICE = Device(name="a browser", ip="192.0.2.1")

    def __init__(self, composition: Composition, clock: MovableClock) -> None:
        self.clock = clock
        self.rotation = Rotation.ALWAYS
        self._composition = composition
        # Cheap hashes: what a password costs is proven elsewhere.
        self._context = replace(
            composition.context, passwords=Passwords(time_cost=1, memory_kib=64)
        )
        self._numbers = count()
        self._begin_user()

    def begin(self, rotation: Rotation) -> None:
        self.rotation = rotation
        rules = replace(self._context.rules, rotation=rotation)
        self._context = replace(self._context, rules=rules)
        self._begin_user()

    def _begin_user(self) -> None:
        self._name = f"user {next(self._numbers)}"
        self._password = Secret("two halves make one, at first")
        registration = Registration(self._name, self._password)
        self._user_id = Register(self._context)(registration, device=Device()).id

    def sign_in(self, nonce: str | None) -> Issued:
        sign_in = SignIn(self._context)
        return _issued(sign_in(self._name, self._password, device=self.DEVICE, nonce=nonce))

    def refresh(self, token: str, nonce: str | None) -> Issued | Refusal:
        try:
            presented = self._context.refresh.read(token)
            return _issued(Refresh(self._context)(presented, nonce=nonce, device=self.DEVICE))
        except RefreshStale:
            return Refusal.STALE
        except SessionEnded:
            return Refusal.ENDED
        except SessionUnknown:
            return Refusal.UNKNOWN

    def verify(self, access: str) -> Refusal | None:
        return verify(self._composition.services.verifier, access)

    def write_presence(self) -> None:
        self._composition.background.look_after()

    def sign_out(self, token: str) -> None:
        presented = read_either(token, self._context.access, self._context.refresh)
        SignOut(self._context)(presented, device=self.DEVICE)

    def kick(self, session_id: str) -> None:
        with suppress(TallyError):
            Administer(self._context).end_session(session_id)

    def change_password(self, session_id: str) -> None:
        new = Secret(f"two halves make one, {next(self._numbers)}")
        change = ChangePassword(self._context)
        with suppress(SessionEnded):
            change(self._actor(session_id), current=self._password, new=new)
            self._password = new

    def prove(self, pair: Issued) -> Issued | Refusal:
        refused = self.verify(pair.access)
        if refused is not None:
            return refused
        claims = self._context.access.read(pair.access)
        actor = replace(
            self._actor(pair.session_id), generation=claims.generation, proof=claims.proof
        )
        access, _ = Reauthenticate(self._context)(actor, self._password)
        return replace(pair, access=access.text)

    def row(self, session_id: str) -> Session:
        row = self._composition.store.session(session_id)
        assert row is not None
        return row

    def journeys_of_the_dead(self, session_id: str) -> list[str]:
        """As if a verifier had let the request in just before the session ended."""
        actor, account = self._actor(session_id), Account(self._context)
        password = self._password
        journeys: dict[str, Callable[[], object]] = {
            "who": lambda: account.who(actor),
            "sessions": lambda: account.sessions(actor, after=None, limit=1),
            "events": lambda: account.events(actor, before=None, limit=1),
            "update": lambda: account.update(
                actor, ProfileChange({"email": "dead@example.com"}), fresh=True
            ),
            "reauthenticate": lambda: Reauthenticate(self._context)(actor, password),
            "change password": lambda: ChangePassword(self._context)(
                actor, current=password, new=Secret("a dead man's password")
            ),
            "sign out others": lambda: SignOutEverywhere(self._context)(actor, keep_current=True),
            "sign out all": lambda: SignOutEverywhere(self._context)(actor, keep_current=False),
            "kick": lambda: Kick(self._context)(actor, session_id),
            "delete account": lambda: DeleteAccount(self._context)(actor),
        }
        acted = []
        for name, journey in journeys.items():
            try:
                journey()
            except SessionEnded:
                continue
            acted.append(name)
        return acted

    def _actor(self, session_id: str) -> Actor:
        row = self.row(session_id)
        return Actor(
            self._user_id, session_id, self.DEVICE, generation=row.generation, proof=row.proof
        )


def _issued(tally: Tally) -> Issued:
    session = tally.session
    return Issued(session.id, session.generation, tally.refresh, tally.access.text)
