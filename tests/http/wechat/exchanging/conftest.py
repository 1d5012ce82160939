"""The providers, each on its way to the stand-in."""

from typing import Any

import pytest
from tests.http.wechat.exchanging.patience import Exchange
from tests.waiting import PATIENCE

from tigertally.providers.douyin_mini import DouyinMini
from tigertally.providers.upstream import Upstream
from tigertally.providers.wechat import WechatApi
from tigertally.providers.wechat_mini import WechatMini
from tigertally.providers.wechat_web import WechatWeb
from tigertally.secret import Secret
from tigertally.testing.wechat import StandIn


@pytest.fixture
def app_id(wechat: StandIn) -> str:
    return wechat.app_ids[0]


@pytest.fixture
def apps(wechat: StandIn) -> dict[str, Secret]:
    return {app_id: Secret(wechat.secret(app_id)) for app_id in wechat.app_ids}


@pytest.fixture
def upstream(request: pytest.FixtureRequest, wechat: StandIn) -> Upstream:
    """The way to the stand-in; a test may ask for another patience."""
    return Upstream(wechat.url, getattr(request, "param", PATIENCE))


@pytest.fixture
def mini(upstream: Upstream, apps: dict[str, Secret]) -> WechatMini:
    return WechatMini(WechatApi(upstream), apps)


@pytest.fixture
def web(wechat: StandIn, upstream: Upstream, apps: dict[str, Secret]) -> WechatWeb:
    return WechatWeb(WechatApi(upstream), wechat.url, apps)


@pytest.fixture
def douyin(upstream: Upstream, apps: dict[str, Secret]) -> DouyinMini:
    return DouyinMini(upstream, apps)


@pytest.fixture(params=["mini", "web", "douyin"])
def exchange(request: pytest.FixtureRequest, upstream: Upstream, app_id: str) -> Exchange:
    """Each of the providers in turn, all of them by that way."""
    provider: Any = request.getfixturevalue(request.param)
    return lambda code: provider.exchange(Secret(code), app_id=app_id)
