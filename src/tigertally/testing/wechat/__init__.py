"""A WeChat of your own: a real HTTP server that follows the documented answers.

For tests, and for developers without an app id (``tigertally dev wechat``)::

    with StandIn() as wechat:
        app = wechat.app_ids[0]
        settings = {"wechat_base_url": wechat.url, "wechat_mini_app_id": app, …}
        code = wechat.issue_code(app, "ada")        # what `wx.login` would give Ada's phone
        wechat.fail_next(Fault.HTML)                # and the next answer is no JSON
"""

from tigertally.testing.wechat.faults import Fault
from tigertally.testing.wechat.people import Person
from tigertally.testing.wechat.push import PushSender
from tigertally.testing.wechat.server import StandIn

__all__ = ["Fault", "Person", "PushSender", "StandIn"]
