"""Send what was promised, in the background. No request waits for it."""

from collections.abc import Collection
from dataclasses import dataclass

from tigertally.core.messages import CLAIMED_FOR, Fate, MessageKind, QueuedMessage
from tigertally.core.senders import Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.flows.context import Context
from tigertally.flows.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class SendMessages:
    """Sends due messages of some kinds, one after another."""

    context: Context
    outgoing: Outgoing
    kinds: Collection[MessageKind]

    def __call__(self) -> int:
        """Return how many were sent. What fails is due again after a pause.

        Each message is claimed, sent, and marked as done in three steps. If a process dies in
        between, the next one goes on after a minute.
        """
        sent = 0
        while (message := self._claim()) is not None:
            sent += self._send(message)
        return sent

    def _claim(self) -> QueuedMessage | None:
        now = self.context.clock.now()
        with self.context.store.reading() as tx:
            if not tx.messages.is_any_due(self.kinds, now):
                return None
        with self.context.store.writing() as tx:
            claimed = tx.messages.claim_due(self.kinds, now, until=now + CLAIMED_FOR, limit=1)
        return claimed[0] if claimed else None

    def _send(self, queued: QueuedMessage) -> bool:
        message = self.outgoing.envelopes.open(queued.sealed, message_id=queued.id)
        sender = self.outgoing.senders.get(queued.kind)
        if queued.kind is MessageKind.NOTHING or message is None:
            return self._finish(queued, None if message else "sealed under an unknown secret")
        if queued.give_up_at <= self.context.clock.now():
            self.outgoing.counted(queued.kind, Fate.GIVEN_UP)
            return self._finish(queued, "given up: it is out of date")
        if sender is None:
            return self._put_off(queued, "no way to send it is set up")
        try:
            outcome = sender.send(message)
        except (ProviderMisconfigured, ProviderUnavailable) as trouble:
            return self._put_off(queued, str(trouble))
        is_refused = outcome is Sent.REFUSED
        self.outgoing.counted(queued.kind, Fate.REFUSED if is_refused else Fate.SENT)
        self._finish(queued, "refused for good" if is_refused else None)
        return not is_refused

    def _finish(self, queued: QueuedMessage, trouble: str | None) -> bool:
        if trouble is not None:
            self.outgoing.report(f"message {queued.id} ({queued.kind}) was not sent: {trouble}")
        with self.context.store.writing() as tx:
            tx.messages.finish(queued.id, self.context.clock.now())
        return False

    def _put_off(self, queued: QueuedMessage, trouble: str) -> bool:
        self.outgoing.counted(queued.kind, Fate.PUT_OFF)
        self.outgoing.report(f"message {queued.id} ({queued.kind}) is tried again: {trouble}")
        with self.context.store.writing() as tx:
            tx.messages.put_off(queued, self.context.clock.now() + queued.pause())
        return False
