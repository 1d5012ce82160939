"""Who may be signed in at once, and who must leave for whom."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.sessions import DeviceType, EndReason, Session
from tigertally.errors import TooManySessions
from tigertally.testing.samples import START, sample_session

WEB, APP, MINI, API = DeviceType.WEB, DeviceType.APP, DeviceType.MINI_PROGRAM, DeviceType.API


def live(*device_types: DeviceType) -> list[Session]:
    """Sessions of one user, the oldest first."""
    return [
        sample_session(device_type=device_type, now=START + timedelta(minutes=minute))
        for minute, device_type in enumerate(device_types)
    ]


def leavers(policy: str, sessions: list[Session], newcomer: DeviceType) -> list[int]:
    """Which of them must end, by their place."""
    surplus = SessionPolicy.parse(policy).make_room(sessions, newcomer)
    return [sessions.index(session) for session, _ in surplus]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("unlimited", SessionPolicy()),
        ("single", SessionPolicy(limit=1)),
        ("per_device_type", SessionPolicy(limit=1, per_device_type=True)),
        ("limit:1", SessionPolicy(limit=1)),
        ("limit:3", SessionPolicy(limit=3)),
        ("limit:1000", SessionPolicy(limit=1000)),
    ],
)
def test_a_policy_is_read_from_its_setting(text: str, policy: SessionPolicy) -> None:
    assert SessionPolicy.parse(text) == policy
    refusing = SessionPolicy.parse(text, Overflow.REFUSE)
    assert refusing == replace(policy, overflow=Overflow.REFUSE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Single",
        "single ",
        "limit",
        "limit:",
        "limit:0",
        "limit:-1",
        "limit:1001",
        "limit: 3",
        "limit:3:4",
        "limit:٣",
        "limit:²",
        "limit:1e3",
        "limit:" + "9" * 5000,
        "none",
    ],
)
def test_a_policy_that_is_misspelt_is_refused_with_what_there_is(text: str) -> None:
    """Never taken for the default: a misspelt policy would be no policy."""
    with pytest.raises(ValueError, match="per_device_type"):
        SessionPolicy.parse(text)


def test_without_a_limit_a_hundred_may_be_signed_in_and_the_oldest_leaves() -> None:
    """A script that signs in every minute must not fill the table."""
    assert leavers("unlimited", live(*[WEB] * 99), WEB) == []
    assert leavers("unlimited", live(*[WEB] * 100), WEB) == [0]
    assert leavers("unlimited", live(*[WEB] * 101, API), API) == [0, 1, 2]


def test_without_a_limit_nobody_is_refused() -> None:
    policy = SessionPolicy.parse("unlimited", Overflow.REFUSE)
    assert [reason for _, reason in policy.make_room(live(*[WEB] * 100), WEB)] == [
        EndReason.EVICTED
    ]


def test_single_lets_the_newcomer_replace_everybody_of_every_kind() -> None:
    """More than one may be there: the policy may have been set later."""
    assert leavers("single", live(WEB, APP, MINI), WEB) == [0, 1, 2]
    assert leavers("single", [], WEB) == []


def test_per_device_type_counts_each_kind_by_itself() -> None:
    sessions = live(WEB, APP, MINI, WEB)
    assert leavers("per_device_type", sessions, WEB) == [0, 3]
    assert leavers("per_device_type", sessions, MINI) == [2]
    assert leavers("per_device_type", sessions, DeviceType.DESKTOP) == []


def test_a_limit_lets_the_oldest_leave_until_there_is_room() -> None:
    assert leavers("limit:3", live(WEB, APP), WEB) == []
    assert leavers("limit:3", live(WEB, APP, MINI), WEB) == [0]
    assert leavers("limit:3", live(WEB, APP, MINI, WEB, WEB), WEB) == [0, 1, 2]


def test_the_oldest_session_is_the_first_sign_in_not_the_last_seen() -> None:
    """In whatever order the store returns them."""
    first, second = live(WEB, WEB)
    seen = replace(first, last_seen_at=START + timedelta(days=1))
    for order in ([seen, second], [second, seen]):
        ((gone, _),) = SessionPolicy.parse("limit:2").make_room(order, WEB)
        assert gone is seen


def test_all_processes_choose_the_same_of_two_equally_old_sessions() -> None:
    one, other = sample_session(), sample_session()
    policy = SessionPolicy.parse("limit:2")
    assert policy.make_room([one, other], WEB) == policy.make_room([other, one], WEB)


@pytest.mark.parametrize("policy", ["single", "per_device_type", "limit:1", "limit:2"])
def test_the_kind_that_a_caller_names_escapes_no_rule(policy: str) -> None:
    """Each kind leaves for others of its kind, and makes them leave."""
    for kind in DeviceType:
        assert leavers(policy, live(kind, kind), kind)
        with pytest.raises(TooManySessions):
            SessionPolicy.parse(policy, Overflow.REFUSE).make_room(live(kind, kind), kind)


@pytest.mark.parametrize("policy", ["single", "limit:1", "limit:2"])
def test_sessions_of_programs_count_beside_all_others(policy: str) -> None:
    assert leavers(policy, live(API, API), WEB)
    assert leavers(policy, live(WEB, APP), API)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("single", EndReason.REPLACED),
        ("per_device_type", EndReason.REPLACED),
        ("limit:1", EndReason.REPLACED),
        ("limit:2", EndReason.EVICTED),
    ],
)
def test_a_replaced_session_is_told_why(policy: str, reason: EndReason) -> None:
    """Replaced where one takes the other's place; evicted where one merely was the oldest."""
    surplus = SessionPolicy.parse(policy).make_room(live(WEB, WEB), WEB)
    assert {told for _, told in surplus} == {reason}


@pytest.mark.parametrize("policy", ["single", "per_device_type", "limit:2"])
def test_on_refusal_the_new_session_is_refused(policy: str) -> None:
    rule = SessionPolicy.parse(policy, Overflow.REFUSE)
    with pytest.raises(TooManySessions):
        rule.make_room(live(WEB, WEB), WEB)
    assert rule.make_room([], WEB) == ()


@given(
    limit=st.integers(1, 5),
    per_type=st.booleans(),
    present=st.lists(st.sampled_from(list(DeviceType)), max_size=12),
    newcomer=st.sampled_from(list(DeviceType)),
)
def test_a_policy_ends_no_more_sessions_than_needed(
    limit: int, per_type: bool, present: list[DeviceType], newcomer: DeviceType
) -> None:
    sessions = live(*present)
    policy = SessionPolicy(limit=limit, per_device_type=per_type)
    gone = [session for session, _ in policy.make_room(sessions, newcomer)]
    counted = [session for session in sessions if not per_type or session.device.type is newcomer]
    stay = [session for session in counted if session not in gone]
    assert set(map(id, gone)) <= set(map(id, counted))
    assert len(stay) == min(len(counted), limit - 1)
    assert all(old.created_at < young.created_at for old in gone for young in stay)
