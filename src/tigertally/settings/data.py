"""Where data is stored."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, SecretStr

from tigertally.settings.redis_address import redis_address
from tigertally.settings.values import Location, Subject, setting


class DataSettings(Subject):
    """Data directory, database and Redis."""

    title: ClassVar[tuple[str, str]] = ("Data", "数据")

    data_dir: Location = setting(
        Path("tally-data"),
        "Folder for the database, the master secret and what else one machine keeps. Embedded in "
        "an application, its instance folder by default.",
        "存放数据库、主密钥以及本机其他数据的目录。嵌入应用时，默认使用应用的 instance 目录。",
    )
    database_url: str | None = setting(
        None,
        "Database; by default a SQLite file in the data directory.",
        "数据库地址；默认使用数据目录中的 SQLite 文件。",
        from_file=True,
        shown=False,  # it may hold a password
    )
    redis_url: Annotated[SecretStr, AfterValidator(redis_address)] | None = setting(
        None,
        "Redis: carries signals between machines whose database cannot notify (MariaDB, MySQL, "
        "poolers).",
        "Redis：当数据库本身无法推送通知时（MariaDB、MySQL、连接池），用它在多台机器之间传递信号。",
        from_file=True,
    )

    @property
    def several_machines(self) -> bool:
        """Whether the database is one that other machines may use as well."""
        return self.database_url is not None and not self.database_url.startswith("sqlite")
