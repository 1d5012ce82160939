"""WeChat on websites: the person scans a QR code, and the browser comes back with a code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tigertally.core.identities import ProviderIdentity
from tigertally.core.sessions import DeviceType
from tigertally.providers.wechat import WechatApi, person
from tigertally.secret import Secret

NAME: Final = "wechat-web"


@dataclass(frozen=True, slots=True)
class WechatWeb:
    """Implements Provider and ProviderPage of :mod:`tigertally.core.providers`."""

    api: WechatApi
    page_url: str
    """Where WeChat shows its QR codes; another host than its API's."""
    apps: Mapping[str, Secret]
    name: str = NAME
    device_type: DeviceType | None = None

    @property
    def app_ids(self) -> Sequence[str]:
        """The apps that are set up."""
        return tuple(self.apps)

    def exchange(self, code: Secret, *, app_id: str) -> ProviderIdentity:
        """Return the person who scanned. WeChat's access token is not used."""
        answer = self.api.ask(
            "GET",
            "/sns/oauth2/access_token",
            query={
                "appid": app_id,
                "secret": self.apps[app_id],
                "code": code,
                "grant_type": "authorization_code",
            },
        )
        return person(answer, provider=self.name, app_id=app_id)

    def authorize_url(self, *, app_id: str, state: str, return_url: str) -> str:
        """Return the address of the page with the QR code."""
        query = {
            "appid": app_id,
            "redirect_uri": return_url,
            "response_type": "code",
            "scope": "snsapi_login",
            "state": state,
        }
        return f"{self.page_url}/connect/qrconnect?{urlencode(query)}#wechat_redirect"
