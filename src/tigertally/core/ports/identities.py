"""Identities at providers, the codes that prove them, and tokens of our apps there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tigertally.core.identities import Claim, Identity, Opened, ProviderIdentity, Pseudonym


class Identities(Protocol):
    """The identities at providers, and the accounts that they sign in to."""

    def add(self, identity: Identity) -> None:
        """Link an identity. Raises IdentityTaken where it is linked already."""
        ...

    def add_all(self, linked: Sequence[Identity]) -> None:
        """Link many identities. None may be linked already."""
        ...

    def find(self, who: ProviderIdentity) -> Identity | None:
        """Return the linked identity, by provider, app and subject."""
        ...

    def kin(self, who: ProviderIdentity) -> Identity | None:
        """Return the oldest identity of the same person in another app; ``None`` without one."""
        ...

    def of_user(self, user_id: str) -> Sequence[Identity]:
        """Return what is linked to an account, the oldest first."""
        ...

    def learn_union(self, identity_id: str, union: Pseudonym) -> None:
        """Write the union id of an identity that had none."""
        ...

    def remove(self, identity_id: str) -> None:
        """Unlink an identity."""
        ...


class SignInCodes(Protocol):
    """Providers' codes in use or used lately, by hash. Each has one outcome.

    A claim lasts for a time. A slower holder learns on finishing that another has taken it over.
    """

    def claim(
        self, code_hash: str, holder: str, now: datetime, *, held_until: datetime, until: datetime
    ) -> Claim:
        """Claim a code, unless it is held or has an outcome. The claim is deleted at ``until``."""
        ...

    def remember(self, code_hash: str, holder: str, who: ProviderIdentity, now: datetime) -> None:
        """Release a code and keep the provider's answer."""
        ...

    def finish(self, code_hash: str, holder: str, opened: Opened) -> bool:
        """Write the outcome; tell whether the code was still the holder's."""
        ...

    def release(self, code_hash: str, holder: str) -> None:
        """Release a code as if it had never been sent."""
        ...

    def purge(self, now: datetime, limit: int) -> int:
        """Delete what is past its time; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class StoredAppToken:
    """A token as it is stored: useless without the master secret."""

    sealed: bytes = field(repr=False)
    expires_at: datetime


class AppTokens(Protocol):
    """Access tokens of our apps at providers, shared by all workers and fetched by one."""

    def get(self, name: str) -> StoredAppToken | None:
        """Return the token of an app, expired or not."""
        ...

    def claim(self, name: str, holder: str, now: datetime, *, held_until: datetime) -> bool:
        """Claim the right to fetch the next token. Tell whether that succeeded."""
        ...

    def put(self, name: str, holder: str, token: StoredAppToken | None) -> None:
        """Write the fetched token, or ``None`` if that failed, and release the claim."""
        ...
