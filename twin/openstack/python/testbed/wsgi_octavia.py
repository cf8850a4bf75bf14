"""WSGI entry of octavia's API."""
import os

from octavia.api import app

CONFIG = os.path.join(os.environ["TESTBED_STATE"], "etc", "octavia.conf")
application = app.setup_app(argv=["octavia", "--config-file", CONFIG])
