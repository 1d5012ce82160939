"""A service on Django; gunicorn serves ``app``."""

import os
from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

urls: Any = ModuleType("urls")
urls.urlpatterns = []
settings.configure(
    ROOT_URLCONF=urls,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="only for tests of this process",
    MIDDLEWARE=["tigertally.verify.django.TallyMiddleware"],
    TALLY_URL=os.environ["URL"],
    TALLY_SERVICE_KEY=os.environ["KEY"],
    TALLY_ISSUER="tigertally",
)
django.setup()

from tigertally.verify.django import signed_in  # noqa: E402 - Django must be set up first


@signed_in()
def me(request: Any) -> Any:
    return JsonResponse({"user": request.tally.user_id})


urls.urlpatterns = [path("", me)]
app: Any = get_wsgi_application()
