"""The WSGI application that `manage.py up` serves."""

import os

from django.core.wsgi import get_wsgi_application

from console.memory import return_freed_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
return_freed_memory()
application = get_wsgi_application()
