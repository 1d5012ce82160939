"""Arrays, dates and times in requests: what is wrong is named, and bulk costs nothing."""

import pytest

from tigertally.contract.languages import LANGUAGES
from tigertally.contract.schema import RequestSchema, spoken

ROLES = RequestSchema(
    {
        "type": "object",
        "properties": {
            "roles": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 8},
                "minItems": 1,
                "maxItems": 3,
                "uniqueItems": True,
            },
            "until": {"type": "string", "format": "date-time", "maxLength": 40},
            "born": {"type": "string", "format": "date", "maxLength": 40},
            "rows": {
                "type": "array",
                "maxItems": 2,
                "items": {"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}},
            },
        },
    }
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"roles": ["admin"]}, {}),
        ({"roles": ["a", "b", "c"]}, {}),
        ({"roles": []}, {"roles": ["too_few"]}),
        ({"roles": ["a", "b", "c", "d"]}, {"roles": ["too_many"]}),
        ({"roles": ["a", "a"]}, {"roles": ["repeated"]}),
        ({"roles": "admin"}, {"roles": ["type"]}),
        ({"roles": {"0": "admin"}}, {"roles": ["type"]}),
        ({"roles": None}, {"roles": ["type"]}),
        ({"roles": ["admin", 5]}, {"roles.1": ["type"]}),
        ({"roles": ["admin", ""]}, {"roles.1": ["required"]}),
        ({"roles": ["x" * 9]}, {"roles.0": ["too_long"]}),
        ({"roles": ["a\0"]}, {"roles.0": ["characters"]}),
        ({"roles": [["admin"]]}, {"roles.0": ["type"]}),
        ({"rows": [{"n": 1}, {"n": 10}]}, {"rows.1.n": ["too_large"]}),
        ({"rows": [{"n": 1, "other": [[[]]]}]}, {}),
        ({"until": "2026-07-01T08:00:00Z"}, {}),
        ({"until": "2026-07-01T08:00:00+08:00"}, {"until": ["time_format"]}),
        ({"until": "2026-02-30T08:00:00Z"}, {"until": ["time_format"]}),
        ({"until": "soon"}, {"until": ["time_format"]}),
        ({"born": "2026-07-01"}, {}),
        ({"born": "2026-02-30"}, {"born": ["date_format"]}),
        ({"born": "20260701"}, {"born": ["date_format"]}),
        ({"born": "2026-W27-3"}, {"born": ["date_format"]}),
        ({"born": "2026-07-01\n"}, {"born": ["date_format"]}),
        ({"born": "\u0662\u0660\u0662\u0666-07-01"}, {"born": ["date_format"]}),
        ({"born": "2026-07-01T08:00:00Z"}, {"born": ["date_format"]}),
    ],
)
def test_each_problem_is_named_and_has_words(body: object, expected: dict[str, list[str]]) -> None:
    found = ROLES.problems(body)
    assert {name: [each.kind for each in problems] for name, problems in found.items()} == expected
    for language in LANGUAGES:
        assert all(all(texts) for texts in spoken(found, language).values())


def test_the_items_beyond_the_limit_are_not_looked_at() -> None:
    body = {"roles": ["a", "b", "c", *[["deep"]] * 100_000]}
    assert ROLES.problems(body).keys() == {"roles", "roles.3"}


def test_a_handler_gets_the_items_and_no_member_that_is_not_declared() -> None:
    body = {"roles": ["a"], "rows": [{"n": 1, "is_admin": True}], "other": [1]}
    assert ROLES.declared(body) == {"roles": ["a"], "rows": [{"n": 1}]}


@pytest.mark.parametrize(
    "array",
    [
        {"type": "array"},
        {"type": "array", "items": {"type": "string", "maxLength": 8}},
        {"type": "array", "maxItems": 3},
        {"type": ["array", "null"], "maxItems": 3},
        {"items": {"type": "string", "maxLength": 8}},
        {"items": {"type": "string", "maxLength": 8}, "maxItems": 3},
    ],
)
def test_an_array_without_items_or_without_a_limit_is_refused_at_the_start(array: object) -> None:
    with pytest.raises(ValueError, match="maxItems"):
        RequestSchema({"type": "object", "properties": {"roles": array}})


def test_a_rule_for_items_without_words_is_refused_at_the_start() -> None:
    items = {"type": "integer", "multipleOf": 2}
    array = {"type": "array", "maxItems": 3, "items": items}
    with pytest.raises(ValueError, match="multipleOf"):
        RequestSchema({"type": "object", "properties": {"numbers": array}})


def test_a_format_without_words_is_refused_at_the_start() -> None:
    member = {"type": "string", "maxLength": 8, "format": "uri"}
    with pytest.raises(ValueError, match="uri"):
        RequestSchema({"type": "object", "properties": {"home": member}})
