"""Which permissions roles give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tigertally.core.permissions import RolePermissions, is_permission

ROLES = RolePermissions(
    {
        "auditor": ["system:user:list", "system:event:list"],
        "keeper": ["system:user:*"],
        "owner": ["shop:*", "system:event:list"],
        "nobody": [],
    }
)


@pytest.mark.parametrize(
    ("roles", "permission", "allowed"),
    [
        (["auditor"], "system:user:list", True),
        (["auditor"], "system:user", False),
        (["auditor"], "system:user:list:all", False),
        (["auditor"], "system:user:delete", False),
        (["keeper"], "system:user:delete", True),
        (["keeper"], "system:user:role:grant", True),
        (["keeper"], "system:user", False),
        (["keeper"], "system:users:list", False),
        (["keeper"], "system:event:list", False),
        (["nobody", "owner"], "shop:order:pay", True),
        (["nobody"], "shop:order:pay", False),
        (["gone"], "shop:order:pay", False),
        ([], "shop:order:pay", False),
    ],
)
def test_a_role_gives_what_it_names(roles: list[str], permission: str, allowed: bool) -> None:
    assert ROLES.allow(roles, permission) is allowed


SEGMENT = st.text("abc*", min_size=1, max_size=2)
PERMISSION = st.lists(SEGMENT, min_size=1, max_size=4).map(":".join)


@given(PERMISSION, PERMISSION)
def test_the_rule_is_the_same_as_comparing_segment_by_segment(given_: str, asked: str) -> None:
    head, _, last = given_.rpartition(":")
    begins = head.split(":") if head else []
    segments = asked.split(":")
    follows = last == "*" and segments[: len(begins)] == begins and len(segments) > len(begins)
    role = RolePermissions({"role": [given_]})
    assert role.allow(["role"], asked) is (given_ == asked or follows)


def test_a_dot_is_taken_as_a_colon_on_both_sides() -> None:
    roles = RolePermissions({"one": ["system.user.*"], "other": ["shop:pay"]})
    assert roles.allow(["one"], "system:user:list")
    assert roles.allow(["other"], "shop.pay")
    assert not roles.allow(["other"], "shop.pay.twice")


@pytest.mark.parametrize("one", ["a", "a:b-c:d_9", "a:*", "*", "A:b", "a" * 128])
def test_a_permission_is_segments_and_a_star_at_the_end(one: str) -> None:
    assert is_permission(one)


@pytest.mark.parametrize(
    "wrong", ["", ":", "a:", ":a", "a::b", "*:a", "a:*:b", "a*", "a b", "a:*\n", "ä", "a" * 129]
)
def test_anything_else_is_no_permission(wrong: str) -> None:
    assert not is_permission(wrong)


def test_more_permissions_than_are_remembered_are_still_answered_rightly() -> None:
    roles = RolePermissions({"one": ["a:*"]})
    for number in range(25_000):
        assert roles.allow(["one"], f"a:{number}")
        assert not roles.allow(["one"], f"b:{number}")
