"""nova in one process: API, conductor, scheduler and one compute service per simulated server."""
import nova.cmd  # noqa: F401  (patches the standard library for green threads, so it comes first)
import sys

import eventlet
import os_vif
from oslo_log import log as logging
from oslo_service import service as os_service

from nova import config
from nova import context
from nova import objects
from nova import service
from nova import virt
from nova.compute import rpcapi as compute_rpcapi
from nova.conductor import rpcapi as conductor_rpcapi
import nova.conf
from nova.objects import host_mapping
from nova.scheduler import rpcapi as scheduler_rpcapi

from testbed import hypervisor

LOG = logging.getLogger("nova.testbed")
PAUSE = 0.5  # seconds between two looks for unmapped hosts

# nova imports virtualisation drivers from below nova.virt only.
sys.modules["nova.virt.testbed"] = hypervisor
virt.testbed = hypervisor


def map_hosts(names):
    """Tells the API database which cell each server is in, as an administrator does with nova-manage."""
    admin = context.get_admin_context()
    while True:
        try:
            host_mapping.discover_hosts(admin)
            if set(names) <= {m.host for m in host_mapping.HostMappingList.get_all(admin)}:
                return
        except Exception:
            LOG.exception("not every host is mapped yet")
        eventlet.sleep(PAUSE)


def main():
    config.parse_args(["nova-testbed", *sys.argv[1:]])
    conf = nova.conf.CONF
    logging.setup(conf, "nova")
    objects.register_all()
    os_vif.initialize()
    objects.Service.enable_min_version_cache()
    names = list(hypervisor.hosts())
    launcher = os_service.ServiceLauncher(conf, restart_method="mutate")
    for binary, topic in (("nova-conductor", conductor_rpcapi.RPC_TOPIC),
                          ("nova-scheduler", scheduler_rpcapi.RPC_TOPIC)):
        launcher.launch_service(service.Service.create(binary=binary, topic=topic))
    for name in names:
        launcher.launch_service(service.Service.create(
            host=name, binary="nova-compute", topic=compute_rpcapi.RPC_TOPIC))
    launcher.launch_service(service.WSGIService("osapi_compute"))
    eventlet.spawn(map_hosts, names)
    launcher.wait()


if __name__ == "__main__":
    main()
