"""neutron without agents: a bound port is ACTIVE, and router ports and floating addresses come up at once."""
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events
from neutron_lib.callbacks import registry
from neutron_lib.callbacks import resources
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api
from neutron_lib.services import base
from oslo_log import log as logging

LOG = logging.getLogger(__name__)


class Mechanism(api.MechanismDriver):
    """Stands for the layer-2 agent: binds every port to the first segment that is offered."""

    def initialize(self):
        """Nothing to prepare."""

    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def bind_port(self, context):
        for segment in context.segments_to_bind[:1]:
            context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS,
                                {portbindings.CAP_PORT_FILTER: True},
                                status=constants.PORT_STATUS_ACTIVE)


@registry.has_registry_receivers
class AgentReports(base.ServicePluginBase):
    """Stands for the layer-3 agent: writes the states it would report."""

    supported_extension_aliases = []

    def get_plugin_type(self):
        return "TESTBED"

    def get_plugin_description(self):
        return "States of router ports and floating addresses"

    @registry.receives(resources.ROUTER_INTERFACE, [events.AFTER_CREATE])
    def interface_up(self, resource, event, trigger, payload):
        try:
            directory.get_plugin().update_port_status(
                payload.context.elevated(), payload.metadata["port"]["id"], constants.PORT_STATUS_ACTIVE)
        except Exception:
            LOG.exception("the router's port stays DOWN")

    @registry.receives(resources.FLOATING_IP, [events.AFTER_CREATE, events.AFTER_UPDATE])
    def address_up(self, resource, event, trigger, payload):
        try:
            address = payload.latest_state or {}
            used = address.get("port_id") or address.get("fixed_port_id")
            status = constants.FLOATINGIP_STATUS_ACTIVE if used else constants.FLOATINGIP_STATUS_DOWN
            directory.get_plugin("L3_ROUTER_NAT").update_floatingip_status(
                payload.context.elevated(), payload.resource_id or address["id"], status)
        except Exception:
            LOG.exception("the floating address keeps its state")
