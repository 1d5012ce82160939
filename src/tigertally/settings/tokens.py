"""Access tokens: how they are signed, and what they say of themselves."""

from typing import Annotated, ClassVar

from pydantic import Field

from tigertally.core.keys import Algorithm
from tigertally.settings.values import Subject, setting


class TokenSettings(Subject):
    """Algorithm and claims."""

    title: ClassVar[tuple[str, str]] = ("Tokens", "令牌")

    token_algorithm: Algorithm | None = setting(
        None,
        "How new signing keys sign: ES256, EdDSA, RS256, HS256. Unset: same algorithm as the "
        "existing keys; ES256 for the first.",
        "新签名密钥使用的算法：ES256、EdDSA、RS256、HS256。不设置时沿用现有密钥的算法；"
        "首个密钥使用 ES256。",
    )
    token_issuer: Annotated[str, Field(min_length=1, max_length=255)] | None = setting(
        None,
        "Claim `iss`; by default the public address, or `tigertally`.",
        "声明 `iss`；默认为对外地址，未设置对外地址时为 `tigertally`。",
    )
    token_audience: Annotated[str, Field(min_length=1, max_length=255)] | None = setting(
        None, "Claim `aud`; by default the same as the issuer.", "声明 `aud`；默认与签发者相同。"
    )
