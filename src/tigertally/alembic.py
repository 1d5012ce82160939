"""Keeps an application's Alembic away from our tables, where both share one database.

Alembic compares an application's models with all tables of the database, and writes ``drop_table``
for those that no model describes. Ours have migrations of their own, run by ``tigertally db
upgrade``.

An application that embeds the product needs nothing: this module is a plug-in of Alembic (entry
point ``alembic.plugins``), so Alembic itself loads it, and it takes our tables out of whatever
Alembic (and so Flask-Migrate) finds. Where the installed metadata does not name this entry point
(an older installation that was only pulled, a copied or a frozen package), ``TigerTally(app)``
loads Alembic and registers it. An ``env.py`` that lists ``autogenerate_plugins`` by name must name
``alembic.autogenerate.tigertally``, too. Where the product runs as a service of its own, in an
environment of its own, say so in your ``env.py``::

    from tigertally.alembic import include_name

    context.configure(..., include_name=include_name)
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any, Final

from tigertally.storage.sql.schema import VERSION_TABLE
from tigertally.storage.sql.tables import metadata as _ours

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import MigrateOperation, UpgradeOps
    from alembic.runtime.plugins import Plugin
    from alembic.util import PriorityDispatchResult

_PLUGIN: Final = "alembic.autogenerate.tigertally"

TABLES: Final = frozenset({*_ours.tables, VERSION_TABLE})
"""Names of our tables. An application may have others that begin with ``tally_``."""


def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
    """Tell Alembic whether to look at something in the database: not if it is ours.

    For ``context.configure(include_name=…)``. Call it from yours if you have one already.
    """
    table = name if type_ == "table" else parent_names.get("table_name")
    return table not in TABLES


def include_object(object_: object, name: str | None, type_: str, *_: object) -> bool:
    """Tell Alembic whether to compare something: not if it is ours.

    For ``context.configure(include_object=…)``, where you have one already to call this from.
    """
    table = name if type_ == "table" else getattr(getattr(object_, "table", None), "name", None)
    return table not in TABLES


@cache
def keep_away() -> None:
    """See to it that Alembic leaves our tables alone: it will by itself, if it can find us."""
    if not _is_announced():
        # Not at the top: Alembic takes a while, and most processes never migrate.
        from alembic.runtime.plugins import Plugin  # noqa: PLC0415

        setup(Plugin(_PLUGIN))


def _is_announced() -> bool:
    try:
        points = distribution("tigertally").entry_points
    except PackageNotFoundError:
        return False
    return bool(points.select(group="alembic.plugins", name=_PLUGIN, value=__name__))


def setup(plugin: "Plugin") -> None:
    """Register with Alembic, which calls this as soon as it is loaded."""
    # In functions, not at the top: Alembic is being loaded while it loads its plug-ins.
    from alembic.util import DispatchPriority  # noqa: PLC0415

    # Not an argument in the application's Migrate extension: made after us, it would forget it, and
    # an env.py that passes an `include_name` of its own would get two. Last: all is found by then.
    plugin.add_autogenerate_comparator(
        _leave_ours_alone, "autogenerate", priority=DispatchPriority.LAST
    )


def _leave_ours_alone(context: "AutogenContext", found: "UpgradeOps") -> "PriorityDispatchResult":
    from alembic.util import PriorityDispatchResult  # noqa: PLC0415 - as above

    if context.metadata is not _ours:  # but for those who compare our own
        found.ops[:] = [each for each in found.ops if not _is_ours(each, context)]
    return PriorityDispatchResult.CONTINUE


def _is_ours(operation: "MigrateOperation", context: "AutogenContext") -> bool:
    named: Any = operation
    table = getattr(named, "table_name", None) or getattr(named, "source_table", None)
    if table not in TABLES:
        return False
    # In another schema, what a model describes is the application's own.
    schema = getattr(named, "schema", None)
    return not schema or f"{schema}.{table}" not in context.table_key_to_table
