"""WSGI entry of keystone; OS_KEYSTONE_CONFIG_FILES names its configuration."""
from keystone.server import wsgi

application = wsgi.initialize_public_application()
