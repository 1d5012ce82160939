"""Random lives: honest clients, thieves and a careless network, around one world.

*Browsers* are bound clients: several tabs share one store, may hold stale copies of it, and all
compute the same nonce. They follow the protocol's rules for clients: keep only what is newer than
the store, read the store again on a stale answer, and where that holds nothing newer, sign out,
telling the server. *Tutorials* are unbound: they know one token, send bursts of it, and wait for
all answers of a burst, or give up, before they go on. The *network* loses, repeats and reorders
requests and answers. *Thieves* have all tokens that were ever given and all nonces that were ever
sent, and try them.
"""

from collections import Counter
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.stateful.people import Client, Loot, Request, nonce_of
from tests.stateful.worlds import Issued, Refusal, World

from tigertally.core.refresh import REPLAY_WINDOW, Rotation
from tigertally.core.sessions import EndReason

PATIENCE: Final = REPLAY_WINDOW.total_seconds() - 2
"""Seconds after which a tutorial's client gives a request up: their default is less than ten."""

WAITS: Final = [0.5, 2, 5, 9.999, 10, 10.001, 60, 901, 3_600, 86_400, 3 * 86_400, 8 * 86_400]
ANY: Final = st.integers(0, 11)


class Lives(RuleBasedStateMachine):
    """The rules of the game, and what must never happen in it."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.clients: list[Client] = []
        self.requests: list[Request] = []
        self.answers: list[Request] = []
        self.loot = Loot()
        self.lineage: dict[tuple[str, int], str] = {}
        self.ended: dict[str, EndReason] = {}
        self.rightly_ended: set[str] = set()
        self.proofs: Counter[str] = Counter()
        """How often the owner of a session proved again who they are."""
        self.minted: dict[str, int] = {}
        """Of each access token, how often its owner had done so by then."""

    @initialize(rotation=st.sampled_from(Rotation), bound=st.booleans(), faithful=st.booleans())
    def begin(self, rotation: Rotation, bound: bool, faithful: bool) -> None:
        self.world.begin(rotation)
        self.sign_in(bound=True, faithful=False, tabs=2)
        self.sign_in(bound=bound, faithful=faithful, tabs=1)

    # Honest people

    @precondition(lambda self: len(self.clients) < 4)
    @rule(bound=st.booleans(), faithful=st.booleans(), tabs=st.integers(1, 3))
    def sign_in(self, bound: bool, faithful: bool, tabs: int) -> None:
        number = len(self.clients)
        pair = self.world.sign_in(nonce_of(number, -1) if bound else None)
        faithful = faithful and not bound and self.world.rotation is Rotation.BOUND
        self.clients.append(Client(bound, number, pair, [pair] * tabs, faithful))
        self._given(pair)

    @rule(who=ANY, tab=ANY, looks=st.booleans())
    def send(self, who: int, tab: int, looks: bool) -> None:
        """A tab asks for the next pair, with the copy it has or after a look into the store."""
        client = self._somebody(who)
        if client is None or not self._may_send(client):
            return
        tab %= len(client.tabs)
        if looks:
            client.tabs[tab] = client.store
        self._send(client, tab)

    @precondition(lambda self: self.requests)
    @rule(which=ANY, again=st.booleans())
    def deliver(self, which: int, again: bool) -> None:
        """In any order; perhaps once more later."""
        request = self.requests[which % len(self.requests)]
        if not again or len(self.requests) > 6:
            self.requests.remove(request)
        if request.is_promised(self.world.row(request.pair.session_id), self.world.clock.now()):
            self._deliver(request)

    @precondition(lambda self: self.requests)
    @rule(which=ANY)
    def lose_a_request(self, which: int) -> None:
        self.requests.pop(which % len(self.requests))

    @precondition(lambda self: self.answers)
    @rule(which=ANY, arrives=st.integers(0, 3))
    def receive(self, which: int, arrives: int) -> None:
        """In any order; one in four never arrives."""
        request = self.answers.pop(which % len(self.answers))
        if arrives:
            self._receive(request)

    @rule(who=ANY, tab=ANY, times=st.integers(1, 6), every=st.sampled_from(WAITS[:-2]))
    def work(self, who: int, tab: int, times: int, every: float) -> None:
        """A while of ordinary use over a good line: refresh, make a request, wait."""
        client = self._somebody(who)
        for _ in range(times):
            if client is None or not client.signed_in or not self._may_send(client):
                return
            self._refresh_at_once(client, tab % len(client.tabs))
            self.use(who, tab)
            self.world.write_presence()
            self.wait(every)

    @rule(who=ANY, tab=ANY)
    def use(self, who: int, tab: int) -> None:
        """An ordinary request with the access token of a tab."""
        client = self._somebody(who)
        if client is None:
            return
        refused = self.world.verify(client.tabs[tab % len(client.tabs)].access)
        if refused is Refusal.ENDED:
            self._thrown_out(client)
        assert refused in {None, Refusal.ENDED, Refusal.EXPIRED}

    @rule()
    def write_presence(self) -> None:
        self.world.write_presence()

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        self.world.clock.move(seconds=seconds)
        oldest = self.world.clock.unix() - PATIENCE
        for waiting in (self.requests, self.answers):
            waiting[:] = [one for one in waiting if one.client.bound or one.sent_at >= oldest]

    @rule(who=ANY, tab=ANY, how=st.sampled_from(["sign out", "kick", "password"]), really=ANY)
    def end(self, who: int, tab: int, how: str, really: int) -> None:
        """Rightly; with whichever half a tab holds, however old. Not too often: lives are short."""
        client = self._somebody(who)
        if client is None or really < 8 or self._is_over(client.store.session_id):
            return
        session_id = client.store.session_id
        ended = [session_id]
        pair = client.tabs[tab % len(client.tabs)]
        if how == "sign out":
            client.signed_in = False
            self.world.sign_out(pair.refresh if tab % 2 else pair.access)
        elif how == "kick":
            self.world.kick(session_id)
        else:
            self.world.change_password(session_id)
            self.proofs[session_id] += 1
            ended = [one.store.session_id for one in self.clients if one is not client]
        self.rightly_ended.update(ended)
        assert all(self._is_over(one) for one in ended)

    @rule(who=ANY, tab=ANY)
    def prove(self, who: int, tab: int) -> None:
        """The owner enters the password again, in a tab that may be stale."""
        client = self._somebody(who)
        if client is None:
            return
        tab %= len(client.tabs)
        answer = self.world.prove(client.tabs[tab])
        if answer is Refusal.ENDED:
            self._thrown_out(client)
        if isinstance(answer, Refusal):
            assert answer in {Refusal.ENDED, Refusal.EXPIRED}
            return
        self.proofs[answer.session_id] += 1
        self._known(answer)
        client.tabs[tab] = answer
        assert self.world.verify(answer.access) is None, "a fresh token is refused"

    # Thieves

    @precondition(lambda self: self.loot.pairs)
    @rule(which=st.integers(0, 20), how=st.sampled_from(["own", "captured", "foreign", "no nonce"]))
    def steal(self, which: int, how: str) -> None:
        """Any pair, the newest most often; with a captured nonce, a made-up one, or none."""
        pair = self.loot.pairs[-1 - which % len(self.loot.pairs)]
        nonce = self._stolen_nonce(pair, how, which)
        owner = next(one for one in self.clients if one.store.session_id == pair.session_id)
        self.loot.touched.add(pair.session_id)
        before = self.world.row(pair.session_id).generation
        answer = self.world.refresh(pair.refresh, nonce)
        after = self.world.row(pair.session_id).generation
        if after > before and nonce != owner.nonce(pair.generation):
            self.loot.rotated.add(pair.session_id)
        self._judge(pair, answer)

    @precondition(lambda self: self.loot.pairs)
    @rule(which=st.integers(0, 60))
    def use_what_is_stolen(self, which: int) -> None:
        """So that a generation is confirmed by somebody who should not have it."""
        pair = self.loot.pairs[-1 - which % len(self.loot.pairs)]
        self.loot.touched.add(pair.session_id)
        self.world.verify(pair.access)

    @precondition(lambda self: self.ended)
    @rule(which=st.integers(0, 60), how=st.sampled_from(["no nonce", "own", "captured", "foreign"]))
    def raise_the_dead(self, which: int, how: str) -> None:
        """Whatever was ever given out for an ended session, tried again, by every way."""
        dead = [pair for pair in self.loot.pairs if pair.session_id in self.ended]
        pair = dead[-1 - which % len(dead)]
        answer = self.world.refresh(pair.refresh, self._stolen_nonce(pair, how, which))
        assert answer is Refusal.ENDED
        assert self.world.journeys_of_the_dead(pair.session_id) == []

    # What must never happen

    @invariant()
    def the_dead_stay_dead(self) -> None:
        for client in self.clients:
            row = self.world.row(client.store.session_id)
            ending = row.ended(self.world.clock.now())
            if row.id in self.ended:
                assert ending is not None, "an ended session lives again"
                assert ending.reason == self.ended[row.id]
            elif ending is not None:
                self.ended[row.id] = ending.reason

    @invariant()
    def no_token_of_the_dead_lets_anybody_in(self) -> None:
        for pair in self.loot.pairs:
            if pair.session_id in self.ended:
                assert self.world.verify(pair.access) is not None

    @invariant()
    def no_token_of_before_a_proof_lets_anybody_in(self) -> None:
        for pair in self.loot.pairs:
            if self.minted[pair.access] < self.proofs[pair.session_id]:
                assert self.world.verify(pair.access) is not None

    def teardown(self) -> None:
        for pair in self.loot.pairs:
            if pair.session_id in self.ended:
                assert self.world.refresh(pair.refresh, None) is Refusal.ENDED

    # How the game is played

    def _somebody(self, number: int) -> Client | None:
        present = [client for client in self.clients if client.signed_in]
        return present[number % len(present)] if present else None

    def _may_send(self, client: Client) -> bool:
        waiting = [one for one in self.requests + self.answers if one.client is client]
        return client.bound or all(one.pair == client.store for one in waiting)

    def _refresh_at_once(self, client: Client, tab: int) -> None:
        """A tab that was stale looks into the store and asks again."""
        robbed = client.store.session_id in self.loot.rotated
        for _ in range(2):
            self._send(client, tab)
            self._deliver(self.requests.pop())
            answered = self.answers.pop()
            self._receive(answered)
            if not client.signed_in or answered.answer is not Refusal.STALE:
                break
        if robbed and client.bound:
            assert not client.signed_in, "a thief rotated first, and the victim did not find out"
            assert self._is_over(client.store.session_id), "the victim left, and the thief stayed"

    def _send(self, client: Client, tab: int) -> None:
        pair = client.tabs[tab] if client.bound else client.store
        nonce = client.nonce(pair.generation)
        if nonce is not None:
            self.loot.nonces.append((pair.session_id, pair.generation, nonce))
        self.requests.append(Request(client, tab, pair, self.world.clock.unix()))

    def _deliver(self, request: Request) -> None:
        pair, client = request.pair, request.client
        before = self.world.row(pair.session_id)
        answer = self.world.refresh(pair.refresh, client.nonce(pair.generation))
        newest = pair.generation == client.store.generation
        if client.bound and newest and pair.session_id in self.loot.rotated:
            assert answer in {Refusal.ENDED, Refusal.STALE}, "victim and thief both go on"
        if answer is Refusal.STALE:
            assert self.world.row(pair.session_id) == before, "a stale answer changed something"
        self._judge(pair, answer)
        if answer is Refusal.ENDED and client.signed_in:
            self._assert_deserved(client)
        self.answers.append(Request(client, request.tab, pair, request.sent_at, answer))

    def _receive(self, request: Request) -> None:
        client, answer = request.client, request.answer
        if not client.signed_in:
            return
        if isinstance(answer, Issued):
            if not client.faithful and (
                not client.bound or answer.generation > client.store.generation
            ):
                client.store = answer
            client.tabs[request.tab] = client.store
        elif answer is Refusal.STALE and client.store.generation > request.pair.generation:
            client.tabs[request.tab] = client.store
        elif answer is Refusal.STALE:
            # Nothing newer: somebody else has what this client should have.
            self.world.sign_out(request.pair.refresh)
            self._thrown_out(client)
        else:
            self._thrown_out(client)

    def _judge(self, pair: Issued, answer: Issued | Refusal) -> None:
        """Hold every answer of the server against what was ever answered before."""
        if isinstance(answer, Issued):
            assert answer.session_id == pair.session_id
            assert answer.generation in {pair.generation, pair.generation + 1}
            assert not self._is_over(pair.session_id)
            self._given(answer)

    def _given(self, pair: Issued) -> None:
        row = self.world.row(pair.session_id)
        assert pair.generation == row.generation, "a pair of another generation was given"
        if row.bound or self.world.rotation is Rotation.ALWAYS:
            known = self.lineage.setdefault((pair.session_id, pair.generation), pair.refresh)
            assert known == pair.refresh, "two refresh tokens of one generation"
        self._known(pair)

    def _known(self, pair: Issued) -> None:
        self.minted[pair.access] = self.proofs[pair.session_id]
        self.loot.pairs.append(pair)

    def _stolen_nonce(self, pair: Issued, how: str, which: int) -> str | None:
        sent = [one for one in self.loot.nonces if one[0] == pair.session_id]
        same = [nonce for _, generation, nonce in sent if generation == pair.generation]
        match how:
            case "captured" if same:
                return same[0]
            case "foreign" if sent:
                return sent[which % len(sent)][2]
            case "own":
                return nonce_of(99, which)
            case _:
                return None

    def _thrown_out(self, client: Client) -> None:
        self._assert_deserved(client)
        client.signed_in = False

    def _assert_deserved(self, client: Client) -> None:
        session_id = client.store.session_id
        ending = self.world.row(session_id).ended(self.world.clock.now())
        by_deadline = ending is not None and ending.reason in {EndReason.IDLE, EndReason.EXPIRED}
        assert by_deadline or session_id in self.rightly_ended or session_id in self.loot.touched, (
            "an honest client was thrown out"
        )

    def _is_over(self, session_id: str) -> bool:
        return self.world.row(session_id).ended(self.world.clock.now()) is not None
