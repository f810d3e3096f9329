"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurous.settings")
application = get_wsgi_application()
# What is loaded now lives as long as the process: the collector need not walk it again and again.
gc.collect()
gc.freeze()
