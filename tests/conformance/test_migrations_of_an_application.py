"""An application's Alembic, plain or by Flask-Migrate, in the database that it shares with us."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, create_engine, inspect, make_url, text
from tests.databases import empty_database
from tests.servers.postgres import Postgres
from tests.waiting import PATIENCE

from tigertally.alembic import TABLES, include_name, include_object
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import upgrade_schema
from tigertally.storage.sql.tables import metadata

pytestmark = pytest.mark.slow

HOST = """
    import os
    from flask import Flask
    from flask_migrate import Migrate
    from flask_sqlalchemy import SQLAlchemy
    from tigertally import TigerTally

    db = SQLAlchemy()


    class Order(db.Model):
        __tablename__ = "orders"
        id = db.Column(db.Integer, primary_key=True)
        number = db.Column(db.String(20), index=True, unique=True)


    class TallyScore(db.Model):
        __tablename__ = "tally_scores"
        id = db.Column(db.Integer, primary_key=True)


    def make():
        app = Flask(__name__)
        app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["HOST_URL"]
        app.config["TALLY_DATABASE_URL"] = os.environ["OUR_URL"]
        app.config["TALLY_DATA_DIR"] = "data"
        app.config["TALLY_SECRET"] = "kq8vS2mXw4tYz7nBf1cJh6gRd3pLa9eU"
        db.init_app(app)
        {order}
        return app


    app = make()
"""
OURS_FIRST = "TigerTally(app); Migrate(app, db{more})"
OURS_LAST = "Migrate(app, db{more}); TigerTally(app)"

PLAIN_ENV = """
    import os
    from alembic import context
    from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine
    from tigertally.alembic import include_name

    metadata = MetaData()
    Table("orders", metadata, Column("id", Integer, primary_key=True),
          Column("number", String(20), index=True, unique=True))
    Table("tally_scores", metadata, Column("id", Integer, primary_key=True))

    with create_engine(os.environ["HOST_URL"]).connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, include_name=include_name
        )
        with context.begin_transaction():
            context.run_migrations()
"""


class Host:
    """An application's project: a folder, and a database that holds our tables already."""

    def __init__(self, folder: Path, our_url: str) -> None:
        self.folder = folder
        self.our_url = our_url
        drivers = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
        url = make_url(our_url)
        url = url.set(drivername=drivers.get(url.drivername, url.drivername))
        self.url = url.render_as_string(hide_password=False)
        engine, dialect = open_engine(our_url)
        upgrade_schema(engine, dialect)
        engine.dispose()

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(content))

    def run(self, *command: str) -> str:
        environment = {**os.environ, "HOST_URL": self.url, "OUR_URL": self.our_url}
        program = str(Path(sys.executable).with_name(command[0]))
        done = subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def flask(self, *arguments: str) -> str:
        return self.run("flask", "--app", "host", "db", *arguments)

    def engine(self) -> Engine:
        return create_engine(self.url)

    def tables(self) -> set[str]:
        engine = self.engine()
        try:
            return set(inspect(engine).get_table_names())
        finally:
            engine.dispose()

    def revisions(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("migrations/versions/*.py"))


@pytest.fixture
def host(tmp_path: Path, empty_url: str) -> Host:
    """A project beside our tables, on each engine."""
    return Host(tmp_path, empty_url)


@pytest.fixture
def small_host(tmp_path: Path) -> Host:
    """A project beside our tables, on SQLite."""
    return Host(tmp_path, empty_database(None, tmp_path))


def assert_only_the_hosts_tables_are_written(host: Host) -> None:
    written = host.revisions()
    assert "create_table('orders'" in written
    assert "create_table('tally_scores'" in written
    for name in TABLES:
        assert f"'{name}'" not in written
        assert f"_{name}_" not in written
    assert host.tables() >= {*TABLES, "orders", "tally_scores"}


def test_flask_migrate_leaves_our_tables_alone(host: Host) -> None:
    host.write("host.py", HOST.format(order=OURS_LAST.format(more="")))
    host.flask("init")
    host.flask("migrate", "-m", "first")
    host.flask("upgrade")
    assert_only_the_hosts_tables_are_written(host)
    assert "No changes in schema detected" in host.flask("migrate", "-m", "second")
    host.flask("check")
    host.flask("downgrade")
    assert host.tables() >= TABLES
    assert host.tables().isdisjoint({"orders", "tally_scores"})


def test_plain_alembic_leaves_our_tables_alone(host: Host) -> None:
    host.run("alembic", "init", "migrations")
    host.write("migrations/env.py", PLAIN_ENV)
    host.run("alembic", "revision", "--autogenerate", "-m", "first")
    host.run("alembic", "upgrade", "head")
    assert_only_the_hosts_tables_are_written(host)
    host.run("alembic", "check")


@pytest.mark.parametrize(
    "order",
    [
        OURS_FIRST.format(more=""),
        "with app.app_context():\n            " + OURS_FIRST.format(more=""),
        OURS_FIRST.format(more=", include_object=lambda o, name, *_: name != 'tally_hidden'"),
        OURS_LAST.format(more=", include_name=lambda name, *_: name != 'tally_hidden'"),
    ],
    ids=["ours first", "within a context", "own include_object", "own include_name"],
)
def test_our_rule_holds_in_any_order_beside_the_hosts_own(small_host: Host, order: str) -> None:
    small_host.write("host.py", HOST.format(order=order))
    if "hidden" in order:
        engine = small_host.engine()
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE tally_hidden (id INTEGER)"))
        engine.dispose()
    small_host.flask("init")
    small_host.flask("migrate", "-m", "first")
    small_host.flask("upgrade")
    assert_only_the_hosts_tables_are_written(small_host)
    assert "tally_hidden" not in small_host.revisions()


def test_an_alembic_that_is_loaded_after_us_leaves_our_tables_alone_too(small_host: Host) -> None:
    """Alembic loads our rule itself, by its entry point: `make setup` installs that."""
    assert "alembic.autogenerate.tigertally" in entry_points(group="alembic.plugins").names
    late = "TigerTally(app); assert 'alembic' not in sys.modules\n        "
    late += "from flask_migrate import Migrate; Migrate(app, db)"
    early = "    from flask_migrate import Migrate\n"
    assert early in HOST
    small_host.write("host.py", HOST.replace(early, "    import sys\n").format(order=late))
    small_host.flask("init")
    small_host.flask("migrate", "-m", "first")
    small_host.flask("upgrade")
    assert_only_the_hosts_tables_are_written(small_host)


def test_the_application_registers_our_rule_if_the_metadata_lacks_it(
    small_host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editable installation is older than the rule, and was only pulled since."""
    small_host.write("tigertally-0.0.dist-info/METADATA", "Name: tigertally\nVersion: 0.0\n")
    monkeypatch.setenv("PYTHONPATH", str(small_host.folder))  # before the real one
    check = """
    from importlib.metadata import entry_points
    assert not entry_points(group="alembic.plugins", name="alembic.autogenerate.tigertally")
    """
    small_host.write("host.py", check + HOST.format(order=OURS_LAST.format(more="")))
    small_host.flask("init")
    small_host.flask("migrate", "-m", "first")
    small_host.flask("upgrade")
    assert_only_the_hosts_tables_are_written(small_host)


@pytest.mark.parametrize("argument", ["include_name", "include_object"])
def test_an_env_py_with_its_own_filter_keeps_working(small_host: Host, argument: str) -> None:
    small_host.write("host.py", HOST.format(order=OURS_LAST.format(more="")))
    small_host.flask("init")
    path = small_host.folder / "migrations" / "env.py"
    environment = path.read_text()
    assert "            **conf_args" in environment
    own = f"            {argument}=lambda *_: True,\n            **conf_args"
    path.write_text(environment.replace("            **conf_args", own))
    small_host.flask("migrate", "-m", "first")
    small_host.flask("upgrade")
    assert_only_the_hosts_tables_are_written(small_host)


def test_a_table_that_the_host_no_longer_has_is_still_dropped(small_host: Host) -> None:
    small_host.write("host.py", HOST.format(order=OURS_LAST.format(more="")))
    engine = small_host.engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally_old (id INTEGER)"))
    engine.dispose()
    small_host.flask("init")
    small_host.flask("migrate", "-m", "first")
    assert "drop_table('tally_old')" in small_host.revisions()


@pytest.fixture
def schemas(postgres: Postgres, tmp_path: Path) -> Iterator[Callable[[MetaData], list[str]]]:
    """Compare models with a database where our tables lie in the schema ``auth``."""
    url = empty_database(postgres, tmp_path)
    plain = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with plain.begin() as connection:
        connection.execute(text("CREATE SCHEMA auth"))
        connection.execute(text("CREATE SCHEMA other"))
        connection.execute(text("CREATE TABLE auth.tally_users (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE INDEX ix_names ON auth.tally_users (id)"))
        connection.execute(text("CREATE TABLE other.theirs (id INTEGER PRIMARY KEY)"))

    def compare(models: MetaData) -> list[str]:
        with plain.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_schemas": True})
            return [f"{one[0]} {one[1].name}" for one in compare_metadata(context, models)]

    yield compare
    plain.dispose()


def test_our_tables_in_a_schema_of_their_own_are_left_alone_too(
    schemas: Callable[[MetaData], list[str]],
) -> None:
    assert schemas(MetaData()) == ["remove_table theirs"]


def test_include_name_refuses_our_tables_and_accepts_others() -> None:
    for name, table in metadata.tables.items():
        assert not include_name(name, "table", {"schema_name": None})
        assert not include_name("ix", "index", {"schema_name": None, "table_name": name})
        assert not include_object(table, name, "table", False, None)
        for column in table.columns:
            assert not include_object(column, column.name, "column", False, None)
    assert include_name("tally_scores", "table", {"schema_name": None})
    assert include_name("ix", "index", {"schema_name": None, "table_name": "orders"})
