"""As little as Django needs to reach the database that DATABASE_URL names."""

import os
from urllib.parse import unquote, urlsplit

url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": url.hostname,
        "PORT": url.port,
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "PASSWORD": unquote(url.password or ""),
    }
}
INSTALLED_APPS = ["tenants"]
