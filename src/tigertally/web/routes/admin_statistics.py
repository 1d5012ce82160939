"""The overview of administrators."""

from collections import Counter
from datetime import timedelta
from typing import Final

from tigertally.clock import rfc3339
from tigertally.core.statistics import DAY, Counted
from tigertally.flows.read_statistics import Overview, ReadStatistics
from tigertally.web.admin_answers import Json
from tigertally.web.call import Call
from tigertally.web.values import Answer, json_answer

_BY_DETAIL: Final = {
    "signed_in": Counted.SIGNED_IN,
    "refused": Counted.REFUSED,
    "ended": Counted.ENDED,
}


def admin_read_statistics(call: Call) -> Answer:
    """Show the figures of the overview."""
    days, offset = call.query["days"], timedelta(minutes=call.query["offset"])
    shown = ReadStatistics(call.services.context)(call.actor, days=days, offset=offset)
    present = shown.figures.present
    return json_answer(
        {
            "at": rfc3339(shown.at),
            "users": present.users,
            "online": present.online,
            "locked": present.locked,
            "days": _days(shown, days, offset),
            "online_by_hour": [
                {"at": rfc3339(hour), "online": count}
                for hour, count in shown.figures.online.items()
            ],
            "device_types": _details(shown, Counted.DEVICE_TYPE),
            "suspicious_addresses": [
                {"address": address, "refused": count}
                for address, count in shown.figures.addresses.items()
            ],
        }
    )


def _days(shown: Overview, days: int, offset: timedelta) -> list[Json]:
    found: dict[tuple[object, Counted], list[Json]] = {}
    for total in sorted(shown.figures.totals, key=lambda one: (-one.count, one.detail)):
        entries = found.setdefault((total.day, total.counted), [])
        entries.append({"what": total.detail, "count": total.count})

    def only(day: object, counted: Counted) -> int:
        return sum(entry["count"] for entry in found.get((day, counted), ()))

    return [
        {
            "day": (day + offset).date().isoformat(),
            "new_users": only(day, Counted.NEW_USER),
            "reused": only(day, Counted.REUSED),
            **{name: found.get((day, kind), []) for name, kind in _BY_DETAIL.items()},
        }
        for day in (shown.since + number * DAY for number in range(days))
    ]


def _details(shown: Overview, counted: Counted) -> list[Json]:
    sums: Counter[str] = Counter()
    for total in shown.figures.totals:
        if total.counted is counted:
            sums[total.detail] += total.count
    return [{"what": what, "count": count} for what, count in sums.most_common()]
