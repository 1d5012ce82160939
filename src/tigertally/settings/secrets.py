"""The master secret, from which every other key is derived."""

from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, SecretStr

from tigertally.settings.values import Location, Subject, setting

SECRET_MIN: Final = 32


def is_weak(secret: str) -> bool:
    """Tell whether a master secret is too short, or of too few characters to be random."""
    return len(secret) < SECRET_MIN or len(set(secret)) < 10


def _strong_secret(secret: SecretStr) -> SecretStr:
    if is_weak(secret.get_secret_value()):
        raise ValueError(
            f"is too weak: use at least {SECRET_MIN} random characters, for example from "
            '`python3 -c "import secrets; print(secrets.token_urlsafe(32))"`'
        )
    return secret


MasterSecret = Annotated[SecretStr, AfterValidator(_strong_secret)]


class SecretSettings(Subject):
    """The master secret, and the one before it. Their files have rules in ``server/data_dir``."""

    title: ClassVar[tuple[str, str]] = ("Master secret", "主密钥")

    secret: MasterSecret | None = setting(
        None,
        "Master secret; by default generated into the data directory at first start.",
        "主密钥；默认在首次启动时生成，并保存在数据目录中。",
    )
    secret_file: Location | None = setting(
        None,
        "File that holds the master secret, in place of TALLY_SECRET.",
        "保存主密钥的文件，用来代替 TALLY_SECRET。",
    )
    secret_previous: MasterSecret | None = setting(
        None,
        "Another master secret that is accepted as well while it is being exchanged.",
        "更换主密钥期间仍然接受的旧主密钥。",
    )
    secret_previous_file: Location | None = setting(
        None,
        "File that holds it, in place of TALLY_SECRET_PREVIOUS.",
        "保存旧主密钥的文件，用来代替 TALLY_SECRET_PREVIOUS。",
    )
