"""Douyin mini programs: codes of ``tt.login``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tigertally.core.identities import ProviderIdentity, Pseudonym
from tigertally.core.sessions import DeviceType
from tigertally.errors import ProviderCodeInvalid, ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.upstream import Answer, Upstream, Values
from tigertally.secret import Secret

NAME: Final = "douyin-mini"
BUSY: Final = -1

_PATH: Final = "/api/apps/v2/jscode2session"
_SPENT: Final = frozenset({40018, 40019})
_MISCONFIGURED: Final = {
    40014: "a parameter is missing",
    40015: "the app id is not known to Douyin",
    40017: "the app secret is wrong",
}


@dataclass(frozen=True, slots=True)
class DouyinMini:
    """Implements Provider of :mod:`tigertally.core.providers`."""

    upstream: Upstream
    apps: Mapping[str, Secret]
    name: str = NAME
    device_type: DeviceType | None = DeviceType.MINI_PROGRAM

    @property
    def app_ids(self) -> Sequence[str]:
        """The apps that are set up."""
        return tuple(self.apps)

    def exchange(self, code: Secret, *, app_id: str) -> ProviderIdentity:
        """Return the person that a code of ``tt.login`` stands for."""
        body: Values = {"appid": app_id, "secret": self.apps[app_id], "code": code}
        until = self.upstream.deadline()
        answer = self.upstream.ask("POST", _PATH, query={}, body=body, until=until)
        if answer.get("err_no") == BUSY:
            answer = self.upstream.ask("POST", _PATH, query={}, body=body, until=until)
        return self._person(answer, app_id)

    def _person(self, answer: Answer, app_id: str) -> ProviderIdentity:
        err_no = answer.get("err_no")
        if type(err_no) is not int:
            raise ProviderUnavailable(f"{_PATH}: an err_no of the wrong kind")
        if err_no in _SPENT:
            raise ProviderCodeInvalid(f"err_no {err_no}")
        if err_no in _MISCONFIGURED:
            raise ProviderMisconfigured(f"{_PATH}: err_no {err_no}: {_MISCONFIGURED[err_no]}")
        if err_no != 0:
            raise ProviderUnavailable(f"{_PATH}: err_no {err_no}")
        named = answer.inner("data")
        openid, union = Pseudonym.read(named.get("openid")), Pseudonym.read(named.get("unionid"))
        if openid is None or (union is None and named.get("unionid")):
            raise ProviderUnavailable(f"{_PATH}: an answer that names nobody")
        return ProviderIdentity(self.name, app_id, openid, union)
