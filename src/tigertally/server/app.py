"""The standalone service as a Flask application."""

from pathlib import Path

from flask import Flask, redirect
from flask.json.provider import DefaultJSONProvider
from werkzeug.wrappers import Response

from tigertally.flask.adapter import present_request, services
from tigertally.flask.extension import add_routes, answer_exception
from tigertally.server.compose import Composition
from tigertally.server.parts import WEBUI
from tigertally.server.proxies import BehindProxies, Below, TrustedProxies
from tigertally.server.site import SITE, site_blueprint
from tigertally.server.standalone import refuse_what_needs_a_host
from tigertally.server.webui import webui_blueprint


def make_app(
    composition: Composition, *, webui: Path | None = WEBUI, site: Path | None = SITE
) -> Flask:
    """Return the service: the API, the web application and the documentation if they are built.

    Raises SetupError for settings that need a host application.
    """
    refuse_what_needs_a_host(composition.settings)
    app = Flask("tigertally", static_folder=None)
    provider = DefaultJSONProvider(app)
    provider.sort_keys = False
    # UTF-8, so that Chinese text is readable in every answer.
    provider.ensure_ascii = False
    app.json = provider
    add_routes(app, composition.services, secure_all=True)
    app.register_error_handler(Exception, answer_exception)
    if webui is not None and (webui / "index.html").is_file():
        app.register_blueprint(webui_blueprint(webui))
    else:
        app.add_url_rule("/", view_func=_to_docs)
    if site is not None and (site / "index.html").is_file():
        app.register_blueprint(site_blueprint(site))
    settings = composition.settings
    if settings.public_path:
        app.wsgi_app = Below(app.wsgi_app, settings.public_path)  # type: ignore[method-assign]
    proxies = TrustedProxies(settings.trusted_proxies, headers=settings.proxy_headers)
    app.wsgi_app = BehindProxies(app.wsgi_app, proxies)  # type: ignore[method-assign]
    return app


def _to_docs() -> Response:
    return redirect(f"{services().root(present_request())}/api/docs")
