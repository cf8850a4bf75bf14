"""cinder in one process: API, scheduler and the simulated backend."""
import eventlet

eventlet.monkey_patch()
# Threads that existed before the patch must be found in the patched module too (eventlet issue 592).
import __original_module_threading as plain_threading  # noqa: E402
import threading  # noqa: E402

plain_threading.current_thread.__globals__["_active"] = threading._active

import sys  # noqa: E402

from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402
from oslo_service import service as os_service  # noqa: E402

from cinder import coordination  # noqa: E402
from cinder import objects  # noqa: E402
from cinder import rpc  # noqa: E402
from cinder import service  # noqa: E402
from cinder import version  # noqa: E402
from cinder.cmd import volume as volume_cmd  # noqa: E402
from cinder.common import config  # noqa: E402


def main():
    conf = cfg.CONF
    objects.register_all()
    conf(sys.argv[1:], project="cinder", version=version.version_string())
    config.set_middleware_defaults()
    logging.setup(conf, "cinder")
    coordination.COORDINATOR.start()
    rpc.init(conf)
    launcher = os_service.ServiceLauncher(conf, restart_method="mutate")
    launcher.launch_service(service.Service.create(binary="cinder-scheduler"))
    for backend in conf.enabled_backends:
        conf.register_opt(volume_cmd.host_opt, group=backend)
        launcher.launch_service(service.Service.create(
            host="%s@%s" % (conf.host, backend), service_name=backend,
            binary="cinder-volume", coordination=True))
    launcher.launch_service(service.WSGIService("osapi_volume"))
    launcher.wait()


if __name__ == "__main__":
    main()
