"""WSGI entry of barbican, which reads its configuration while it is imported, from fixed places."""
import os
import sys

from oslo_config import cfg

ETC = os.path.join(os.environ["TESTBED_STATE"], "etc")
sys.argv = ["barbican"]
cfg.find_config_files = lambda *args, **kwargs: [os.path.join(ETC, "barbican.conf")]
import barbican.api.app  # noqa: E402,F401
from paste import deploy  # noqa: E402

application = deploy.loadapp("config:" + os.path.join(ETC, "barbican-paste.ini"), name="main")
