"""Other services that verify our tokens: added, given another key, ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tigertally.core.identifiers import new_id
from tigertally.core.services import SILENCE_MAX, ServiceKey, ServiceKeys, ServiceRecord
from tigertally.core.services import is_service_name as is_name
from tigertally.errors import NotFound, SetupError
from tigertally.flows.context import Context


@dataclass(frozen=True, slots=True)
class ManageServices:
    """What an operator does about other services."""

    context: Context
    keys: ServiceKeys

    def list(self) -> Sequence[ServiceRecord]:
        """Return all services, by name, ended ones too."""
        with self.context.store.reading() as tx:
            return tx.services.all()

    def add(self, name: str, *, silence: float) -> ServiceKey:
        """Add a service and return its key. One that was ended begins again, with another key.

        Raises SetupError.
        """
        if not is_name(name):
            raise SetupError(
                f"{name!r} is no name for a service",
                remedy="use 2 to 64 of a-z, 0-9 and the dash; begin with a letter",
            )
        if not 0 < silence <= SILENCE_MAX:
            raise SetupError(
                f"a silence of {silence:g} s is not possible",
                remedy=f"use seconds above 0, up to {SILENCE_MAX:g}",
            )
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            tx.services.hold()
            known = tx.services.named(name)
            if known is not None and known.ended_at is None:
                raise SetupError(
                    f"there is a service {name} already",
                    remedy=f"run `tigertally services rotate {name}` for another key",
                )
            if known is None:
                record = ServiceRecord(
                    id=new_id(), name=name, silence=silence, version=1, created_at=now
                )
            else:
                version = known.version + 1
                record = replace(known, silence=silence, version=version, ended_at=None)
            tx.services.put(record)
        return self.keys.key(record)

    def rotate(self, name: str) -> ServiceKey:
        """Give a service another key and return it. The former one is refused from now on.

        Raises NotFound.
        """
        with self.context.store.writing() as tx:
            tx.services.hold()
            known = _live(tx.services.named(name), name)
            record = replace(known, version=known.version + 1)
            tx.services.put(record)
        return self.keys.key(record)

    def end(self, name: str) -> None:
        """End a service: its key is refused from now on. Raises NotFound."""
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            tx.services.hold()
            tx.services.put(replace(_live(tx.services.named(name), name), ended_at=now))


def _live(found: ServiceRecord | None, name: str) -> ServiceRecord:
    if found is None or found.ended_at is not None:
        raise NotFound(f"there is no service {name}")
    return found
