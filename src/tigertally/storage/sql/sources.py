"""What verifiers load again when the feed says so: the signing keys, and what roles give."""

import logging
from dataclasses import dataclass, field

from tigertally.core.keys import KeyRing
from tigertally.core.permissions import RolePermissions
from tigertally.secret import Secret
from tigertally.storage.sql.roles import permissions_of
from tigertally.storage.sql.store import SqlStore

logger: logging.Logger = logging.getLogger("tigertally")


@dataclass(frozen=True, slots=True)
class StoredRoles:
    """Implements :class:`tigertally.core.ports.roles.RoleSource`."""

    store: SqlStore

    def load_roles(self) -> RolePermissions:
        """Return what roles give now."""
        with self.store.reading() as tx:
            return permissions_of(tx.roles.all())


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """Implements :class:`tigertally.core.ports.keys.KeySource`."""

    store: SqlStore
    master: Secret
    previous: Secret | None = None
    _told: set[str] = field(default_factory=set, init=False, compare=False, repr=False)

    def load_ring(self) -> KeyRing:
        """Return the stored key set. The log names keys that are left out."""
        with self.store.reading() as tx:
            ring = KeyRing(
                tx.keys.all(),
                master=self.master,
                previous=self.previous,
                unreadable=tx.keys.unreadable(),
            )
        self._warn_of_distrusted(ring)
        return ring

    def _warn_of_distrusted(self, ring: KeyRing) -> None:
        """Log each stored key that is left out of a key set, once."""
        for kid in ring.distrusted:
            if kid in self._told:
                continue
            self._told.add(kid)
            logger.error(
                "signing key %r cannot be decrypted, or does not match its row, and is not used. "
                "Somebody may have written to the database; run `tigertally doctor`",
                kid,
            )
