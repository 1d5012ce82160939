"""Reserved names: nobody can register what people would take for the operator."""

import pytest

from tigertally.core.reserved import BUILT_IN, ReservedNames, refuse_formula
from tigertally.core.users import clean_username
from tigertally.errors import InvalidRequest


def is_refused(name: str, reserved: ReservedNames) -> bool:
    """Tell whether nobody may register a name, for whatever reason."""
    try:
        reserved.refuse(clean_username(name))
    except InvalidRequest as refusal:
        return list(refusal.fields) == ["username"]
    return False


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_names_are_refused_unless_the_operator_frees_them(name: str) -> None:
    assert is_refused(name, ReservedNames.of())
    assert is_refused(name.title(), ReservedNames.of(["boss"]))
    assert not is_refused(name, ReservedNames.of(["none"]))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Admin",
            "ＡＤＭＩＮ",
            "adm1n",
            "admln",
            "adrnin",
            "ádmin",
            "admın",
            "a.d.m.i.n",
            "_admin_",
        ),
        *("@dmin", "4dmin", "аԁміп", "r00t", "rооt", "ѕуѕтем", "supp0rt", "5ecurity", "TigerTally"),
        *("Tiger_Tally", "tiger tally", "管理員", "系統管理員", "系统 管理员", "【客服】"),
    ],
)
def test_lookalikes_of_reserved_names_are_refused(name: str) -> None:
    assert is_refused(name, ReservedNames.of())


@pytest.mark.parametrize(
    "name",
    ["lina", "adminton", "rooted", "张三", "13800138000", "---", "admin@example.com", "Иван"],
)
def test_other_names_are_free(name: str) -> None:
    assert not is_refused(name, ReservedNames.of())


def test_an_operator_adds_names_and_their_doubles() -> None:
    reserved = ReservedNames.of(["Acme Bank", "总裁"])
    assert is_refused("acme-b4nk", reserved)
    assert is_refused("总裁", reserved)
    assert is_refused("admin", reserved)
    assert not is_refused("admin", ReservedNames.of(["none", "Acme Bank"]))


@pytest.mark.parametrize("start", "=+-@")
def test_no_name_is_a_formula_of_a_spreadsheet(start: str) -> None:
    with pytest.raises(InvalidRequest):
        refuse_formula(f"{start}cmd|'/c calc'!A0", "username")
    refuse_formula(f"a{start}b", "username")
