"""Figures for an overview in SQL: counted from the log and the feed, each row exactly once.

How far was counted stands in one row, written in the transaction that writes the figures. That row
is also the lock: a process that finds it locked leaves the work to the other one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    ScalarSelect,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
    update,
)

from tigertally.core.revocation import Kind
from tigertally.core.sessions import EndReason
from tigertally.core.statistics import (
    ADDRESSES_KEPT,
    ADDRESSES_SHOWN,
    COUNTED_EXACTLY,
    DAY,
    KEPT,
    PER_DAY,
    SETTLED_AFTER,
    SUSPICIOUS,
    WEEK,
    Counted,
    Figures,
    Key,
    Logged,
    Present,
    Total,
    hour_of,
    keys_of,
)
from tigertally.storage.sql.column_types import Instant
from tigertally.storage.sql.compiled import alive
from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.tables import (
    events,
    feed_head,
    hourly_counters,
    lockouts,
    meta,
    revocations,
    sessions,
    users,
)

PROGRESS: Final = "counted"
"""The name of the row that says how far was counted."""

_HOUR: Final = 3_600_000_000
_DAY: Final = 24 * _HOUR
"""Microseconds."""

_READ: Final = select(
    *(events.c[name] for name in ("id", "at", "name", "reason", "device_type", "ip"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far was counted: the last event, the last entry of the feed, and the last full hour."""

    event: int
    position: int
    hour: int
    """Seconds since 1970; 0: never."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the output of ``str``."""
        event, position, hour = map(int, text.split("/"))
        return cls(event=event, position=position, hour=hour)

    def __str__(self) -> str:
        return f"{self.event}/{self.position}/{self.hour}"


class SqlStatistics:
    """Implements :class:`tigertally.core.ports.statistics.Statistics` in one transaction."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def is_behind(self, now: datetime) -> bool:
        """Tell whether there is something to count, in one statement."""
        text = select(meta.c.value).where(meta.c.name == PROGRESS).scalar_subquery()
        head = select(feed_head.c.position).scalar_subquery()
        row = self._connection.execute(select(text, head)).one()
        if row[0] is None or row[1] is None:
            return False
        done = Progress.parse(row[0])
        if row[1] > done.position or _seconds(hour_of(now)) > done.hour:
            return True
        following = select(events.c.at).where(events.c.id > done.event).order_by(events.c.id)
        at = self._connection.scalar(following.limit(1))
        return at is not None and self._is_settled(at, now)

    def count(self, now: datetime, limit: int) -> bool:
        """Count up to so many events and ends of sessions."""
        query = select(meta.c.value).where(meta.c.name == PROGRESS)
        text = self._connection.scalar(self._dialect.for_update_of_free(query))
        if text is None:
            return False
        done = Progress.parse(text)
        figures: Counter[Key] = Counter()
        event = self._count_events(done.event, now, limit, figures)
        position = self._count_ends(done.position, now, limit, figures)
        further = replace(done, event=event, position=position)
        if further == done and _seconds(hour_of(now)) > done.hour:
            # By itself: a server may stop a count of very many sessions, every time.
            self._count_hour(done.hour, now, figures)
            further = replace(further, hour=_seconds(hour_of(now)))
        if further == done:
            return False
        self._add(figures, oldest=now - KEPT)
        changed = update(meta).where(meta.c.name == PROGRESS).values(value=str(further))
        self._connection.execute(changed)
        return True

    def _count_events(self, last: int, now: datetime, limit: int, figures: Counter[Key]) -> int:
        query = _READ.where(events.c.id > last).order_by(events.c.id).limit(limit)
        for row in self._connection.execute(query).mappings():
            columns = dict(row)
            number = columns.pop("id")
            if not self._is_settled(columns["at"], now):
                break
            figures.update(keys_of(Logged(**columns)))
            last = number
        return last

    def _is_settled(self, at: datetime, now: datetime) -> bool:
        # SQLite's only writer commits before the next one gets a number. An event of a clock that
        # was far ahead must not hold up all others.
        return not self._dialect.networked or abs(now - at) >= SETTLED_AFTER

    def _count_ends(self, last: int, now: datetime, limit: int, figures: Counter[Key]) -> int:
        # Positions are committed in their order: after one that is seen, no smaller one appears.
        query = select(revocations.c.position, revocations.c.kind, revocations.c.reason)
        behind = query.where(revocations.c.position > last).order_by(revocations.c.position)
        for row in self._connection.execute(behind.limit(limit)):
            # The version before writes no kind.
            if row.reason is not None and row.kind in {None, Kind.ENDED}:
                figures[hour_of(now), Counted.ENDED, row.reason] += 1
            last = row.position
        return last

    def _count_hour(self, last: int, now: datetime, figures: Counter[Key]) -> None:
        """Count what is there, and the sessions that ended by a deadline: nobody logs those."""
        hour = hour_of(now)
        idle, absolute = sessions.c.idle_expires_at, sessions.c.absolute_expires_at
        deadline = self._dialect.earlier_of(idle, absolute)
        began = datetime.fromtimestamp(last, UTC) if last else hour
        over = (sessions.c.ended_at.is_(None), deadline > began, deadline <= hour)
        reason = case((idle < absolute, EndReason.IDLE.value), else_=EndReason.EXPIRED.value)
        each = select(_floored(deadline, _HOUR).label("hour"), reason.label("reason")).where(*over)
        ended = each.subquery()
        by = (ended.c.hour, ended.c.reason)
        for at, why, count in self._connection.execute(select(*by, func.count()).group_by(*by)):
            figures[at, Counted.ENDED, why] += count
        lives = select(func.count()).select_from(sessions).where(*alive(literal(now, Instant)))
        figures[hour, Counted.ONLINE, ""] = self._connection.scalar(lives) or 0
        named = select(func.count()).select_from(users).where(users.c.username != "")
        figures[hour, Counted.USERS, ""] = self._connection.scalar(named) or 0

    def _add(self, figures: Mapping[Key, int], oldest: datetime) -> None:
        kept = {key: count for key, count in figures.items() if key[0] >= oldest}
        if not kept:
            return
        hours, kinds = {hour for hour, _, _ in kept}, {kind.value for _, kind, _ in kept}
        of_these = (
            hourly_counters.c.kind.in_(sorted(kinds)),
            hourly_counters.c.hour.in_(sorted(hours)),
        )
        known = select(
            hourly_counters.c.hour, hourly_counters.c.kind, hourly_counters.c.detail
        ).where(*of_these)
        there = {tuple(row) for row in self._connection.execute(known)}
        rows = [
            {"in_hour": hour, "of_kind": kind.value, "of_detail": detail, "more": count}
            for (hour, kind, detail), count in kept.items()
        ]
        old = [row for row in rows if (row["in_hour"], row["of_kind"], row["of_detail"]) in there]
        new = [row for row in rows if row not in old]
        if old:
            self._connection.execute(_INCREASE, old)
        if new:
            self._connection.execute(_BEGIN, new)

    def figures(self, now: datetime, *, since: datetime, offset: timedelta) -> Figures:
        """Return the figures, in three statements."""
        online: dict[datetime, int] = {}
        accounts: dict[datetime, int] = {}
        addresses: dict[str, int] = {}
        for kind, hour, detail, count in self._connection.execute(_lately(now)):
            # A sum makes the whole column decimal numbers on a server.
            match Counted(kind):
                case Counted.ONLINE:
                    online[hour] = int(count)
                case Counted.USERS:
                    accounts[hour] = int(count)
                case _:
                    addresses[detail] = int(count)
        return Figures(
            totals=self._totals(since, offset),
            online=dict(sorted(online.items())),
            addresses=dict(sorted(addresses.items(), key=lambda one: (-one[1], one[0]))),
            present=self._present(now, users_then=_last(accounts), online_then=_last(online)),
        )

    def _totals(self, since: datetime, offset: timedelta) -> Sequence[Total]:
        ahead = offset // timedelta(microseconds=1)
        of_these = (hourly_counters.c.kind.in_(PER_DAY), hourly_counters.c.hour >= since)
        day = _floored(hourly_counters.c.hour, _DAY, ahead=ahead).label("day")
        each = select(day, *_FIGURE).where(*of_these).subquery()
        by = (each.c.day, each.c.kind, each.c.detail)
        summed = select(*by, func.sum(each.c["count"])).group_by(*by)
        return [
            Total(day=at, counted=Counted(kind), detail=detail, count=int(count))
            for at, kind, detail, count in self._connection.execute(summed)
        ]

    def _present(self, now: datetime, *, users_then: int, online_then: int) -> Present:
        named = select(literal(1)).where(users.c.username != "")
        lives = select(literal(1)).where(*alive(literal(now, Instant)))
        locked = select(func.count(lockouts.c.user_id.distinct())).where(lockouts.c.until > now)
        row = self._connection.execute(
            select(_up_to(named), _up_to(lives), locked.scalar_subquery())
        ).one()
        return Present(
            users=row[0] if row[0] <= COUNTED_EXACTLY else max(users_then, COUNTED_EXACTLY),
            online=row[1] if row[1] <= COUNTED_EXACTLY else max(online_then, COUNTED_EXACTLY),
            locked=row[2],
        )

    def purge(self, now: datetime) -> None:
        """Delete figures that are no longer kept; the first condition leads into the key."""
        for kinds, kept in (
            ((Counted.ADDRESS,), ADDRESSES_KEPT),
            ((*PER_DAY, Counted.ONLINE, Counted.USERS), KEPT),
        ):
            old = (hourly_counters.c.kind.in_(kinds), hourly_counters.c.hour < now - kept)
            self._connection.execute(delete(hourly_counters).where(*old))


_FIGURE: Final = (hourly_counters.c.kind, hourly_counters.c.detail, hourly_counters.c["count"])
_THIS: Final = (
    hourly_counters.c.kind == bindparam("of_kind"),
    hourly_counters.c.hour == bindparam("in_hour", type_=Instant),
    hourly_counters.c.detail == bindparam("of_detail"),
)
_INCREASE: Final = (
    update(hourly_counters)
    .where(*_THIS)
    .values({"count": hourly_counters.c["count"] + bindparam("more")})
)
_BEGIN: Final = insert(hourly_counters).values(
    {
        "kind": bindparam("of_kind"),
        "hour": bindparam("in_hour", type_=Instant),
        "detail": bindparam("of_detail"),
        "count": bindparam("more"),
    }
)


def _lately(now: datetime) -> CompoundSelect[Any]:
    """Return what is there by the hour, and the addresses that failed most within a day."""
    by_hour = select(hourly_counters.c.kind, hourly_counters.c.hour, *_FIGURE[1:]).where(
        hourly_counters.c.kind.in_((Counted.ONLINE, Counted.USERS)),
        hourly_counters.c.hour > now - WEEK,
    )
    refused = func.sum(hourly_counters.c["count"])
    most = (
        select(
            hourly_counters.c.kind,
            func.max(hourly_counters.c.hour).label("hour"),
            hourly_counters.c.detail,
            refused.label("count"),
        )
        .where(hourly_counters.c.kind == Counted.ADDRESS, hourly_counters.c.hour > now - DAY)
        .group_by(hourly_counters.c.kind, hourly_counters.c.detail)
        .having(refused >= SUSPICIOUS)
        .order_by(refused.desc(), hourly_counters.c.detail)
        .limit(ADDRESSES_SHOWN)
        .subquery()
    )
    return union_all(by_hour, select(*most.c))


def _floored(at: ColumnElement[Any], unit: int, *, ahead: int = 0) -> ColumnElement[datetime]:
    """Return the beginning of the hour or day, where clocks are so many microseconds ahead."""
    number = type_coerce(at, BigInteger)
    # Not as values: an engine would not see that two of them are the same.
    return type_coerce(
        number - (number + literal_column(str(ahead))) % literal_column(str(unit)), Instant
    )


def _up_to(rows: Select[Any]) -> ScalarSelect[int]:
    """Return how many rows there are, and one more than is counted exactly if there are more."""
    some = rows.limit(COUNTED_EXACTLY + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _last(by_hour: Mapping[datetime, int]) -> int:
    return by_hour[max(by_hour)] if by_hour else 0


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
