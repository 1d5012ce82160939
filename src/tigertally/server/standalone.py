"""What only an application that embeds the product can have."""

from tigertally.errors import SetupError
from tigertally.server.extras import require_extra
from tigertally.settings import Settings
from tigertally.web.addresses import API


def refuse_what_needs_a_host(settings: Settings) -> None:
    """Refuse settings that mean nothing to the service alone (SetupError).

    The service has every part, and so needs what they need.
    """
    require_extra("pictures", what="the service, which keeps pictures,")
    if settings.api_prefix != API:
        raise SetupError(
            f"TALLY_API_PREFIX={settings.api_prefix} is for applications with TigerTally(app): the "
            f"pages of the service expect its API at {API}",
            remedy="remove it; to serve everything below a path, set TALLY_PUBLIC_URL to "
            "https://…/path",
        )
