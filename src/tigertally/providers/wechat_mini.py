"""WeChat mini programs: ``wx.login`` codes, and codes of the phone button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tigertally.core.identities import AppToken, PhoneNumber, ProviderIdentity
from tigertally.core.sessions import DeviceType
from tigertally.errors import ProviderUnavailable
from tigertally.providers.upstream import Answer
from tigertally.providers.wechat import TokenRefused, WechatApi, person
from tigertally.secret import Secret

NAME: Final = "wechat-mini"
_TOKEN_MAX: Final = 2048
_LIFETIME_MAX: Final = 86_400  # WeChat says 7200


@dataclass(frozen=True, slots=True)
class WechatMini:
    """Implements Provider and PhoneSource of :mod:`tigertally.core.providers`."""

    api: WechatApi
    apps: Mapping[str, Secret]
    """App secrets by app id. The first app is the default."""
    name: str = NAME
    device_type: DeviceType | None = DeviceType.MINI_PROGRAM

    @property
    def app_ids(self) -> Sequence[str]:
        """The apps that are set up."""
        return tuple(self.apps)

    def exchange(self, code: Secret, *, app_id: str) -> ProviderIdentity:
        """Return the person that a code of ``wx.login`` stands for (``code2Session``)."""
        answer = self.api.ask(
            "GET",
            "/sns/jscode2session",
            query={
                "appid": app_id,
                "secret": self.apps[app_id],
                "js_code": code,
                "grant_type": "authorization_code",
            },
        )
        return person(answer, provider=self.name, app_id=app_id)

    def fetch_token(self, app_id: str) -> AppToken:
        """Return the app's token (``getStableAccessToken``): the same one until it gets old."""
        answer = self.api.ask(
            "POST",
            "/cgi-bin/stable_token",
            body={
                "grant_type": "client_credential",
                "appid": app_id,
                "secret": self.apps[app_id],
            },
        )
        if (token := _token(answer)) is None:
            raise ProviderUnavailable("a token of the wrong kind")
        return token

    def phone_number(self, code: Secret, *, app_id: str, token: Secret) -> PhoneNumber | None:
        """Return the number behind a code of the phone button (``getPhoneNumber``)."""
        try:
            answer = self.api.ask(
                "POST",
                "/wxa/business/getuserphonenumber",
                query={"access_token": token},
                body={"code": code},
            )
        except TokenRefused:
            return None
        if (number := _number(answer, app_id)) is None:
            raise ProviderUnavailable("an answer without a number")
        return number


# Neither raises by itself: what they look at must not be among the locals of a traceback.


def _token(answer: Answer) -> AppToken | None:
    text, lifetime = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not 0 < len(text) <= _TOKEN_MAX or not text.isprintable():
        return None
    if type(lifetime) is not int or not 0 < lifetime <= _LIFETIME_MAX:
        return None
    return AppToken(Secret(text), lifetime)


def _number(answer: Answer, app_id: str) -> PhoneNumber | None:
    match answer.get("phone_info"):
        case {
            "purePhoneNumber": str() as number,
            "countryCode": str() | int() as country,
            "watermark": {"appid": str() as given_to},
        } if given_to == app_id and _is_figures(number, 20) and _is_figures(str(country), 4):
            return PhoneNumber(str(country), number)
    return None


def _is_figures(text: str, longest: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= longest
