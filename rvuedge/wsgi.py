"""Where a server (gunicorn) finds the site. A site that may not run says why and ends."""

import logging
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rvuedge.settings")

try:
    application = get_wsgi_application()

    # Importable only now: they need the settings and the apps.
    from django.db import InterfaceError, OperationalError, connections

    from rvuedge.checks import refuse_pending_migrations

    try:
        refuse_pending_migrations()
    except (OperationalError, InterfaceError) as error:
        # Serve on, with 503, and be well again when the database is.
        logging.getLogger("rvuedge").warning("The database is away at the start: %s", error)
    finally:
        connections.close_all()  # none may be shared with a forked worker
except ImproperlyConfigured as refusal:
    print(f"RVU Edge cannot start. {refusal}", file=sys.stderr)
    sys.exit(3)  # gunicorn's sign for "do not try again"
