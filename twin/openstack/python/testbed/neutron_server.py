"""neutron-server without its RPC workers: there is no agent to talk to."""
import neutron.cmd.eventlet  # noqa: F401  (patches the standard library for green threads, so it comes first)
import os
import signal
import sys

from neutron_lib.callbacks import events
from neutron_lib.callbacks import registry
from neutron_lib.callbacks import resources

from neutron import server
from neutron import service


def serve():
    api = service.serve_wsgi(service.NeutronApiService)
    registry.publish(resources.PROCESS, events.AFTER_SPAWN, None)
    # Without workers nothing ends the wait below, and a plain SIGTERM would be swallowed by it.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    api.wait()


if __name__ == "__main__":
    sys.exit(server.boot_server(serve))
