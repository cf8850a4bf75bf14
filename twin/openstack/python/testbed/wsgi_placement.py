"""WSGI entry of placement; OS_PLACEMENT_CONFIG_DIR names the folder of its configuration."""
import sys

sys.argv = ["placement"]  # placement would read uWSGI's arguments as its own
from placement import wsgi  # noqa: E402

application = wsgi.init_application()
