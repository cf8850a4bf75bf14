"""Hypervisors as hosts.json describes them: nova's own FakeDriver plus PCI cards, resource classes and traits."""
import json
import os
import time

from nova import context
from nova import objects
from nova.compute import power_state
from nova.virt import fake

FIRST_BUS = 0x10  # buses below it belong to the chipset on a real server
GONE = ("deleted", "soft-delete", "error", "building")


def hosts():
    """Description of every simulated server by its name."""
    path = os.path.join(os.environ["TESTBED_STATE"], "etc", "hosts.json")
    with open(path, encoding="utf-8") as source:
        return {host["name"]: host for host in json.load(source)["hosts"]}


def cards(groups):
    """The PCI devices of one server in the form the resource tracker reads, one bus per card."""
    devices = []
    for group in groups:
        for _ in range(group["count"]):
            bus = FIRST_BUS + len(devices)
            devices.append({
                "address": "0000:%02x:00.0" % bus,
                "dev_id": "pci_0000_%02x_00_0" % bus,
                "vendor_id": group["vendor"],
                "product_id": group["product"],
                "label": "label_%s_%s" % (group["vendor"], group["product"]),
                "dev_type": group.get("type", "type-PCI"),
                "numa_node": None,
                "parent_addr": None,
                "status": "available",
            })
    return devices


class Driver(fake.FakeDriver):
    """One simulated server. nova starts one compute service, and with it one of these, per host name."""

    capabilities = dict(fake.FakeDriver.capabilities, supports_image_type_qcow2=True)

    def init_host(self, host):
        super().init_host(host)
        self.spec = hosts()[host]
        self.vcpus = self.spec["vcpus"]
        self.memory_mb = self.spec["memory_mb"]
        self.local_gb = self.spec["local_gb"]
        self.resources = fake.Resources(self.vcpus, self.memory_mb, self.local_gb)
        self._nodes = [host]
        self._remember_guests(host)

    def _remember_guests(self, host):
        """A restart of the service must not lose guests: the database says which ones run here."""
        for guest in objects.InstanceList.get_by_host(context.get_admin_context(), host):
            if guest.vm_state in GONE:
                continue
            state = guest.power_state or power_state.RUNNING
            self.instances[guest.uuid] = fake.FakeInstance(guest.name, state, guest.uuid)
            flavor = guest.flavor
            self.resources.claim(flavor.vcpus, flavor.memory_mb, flavor.root_gb)

    def spawn(self, *args, **kwargs):
        time.sleep(self.spec.get("spawn_seconds", 0))
        return super().spawn(*args, **kwargs)

    def get_available_resource(self, nodename):
        status = super().get_available_resource(nodename)
        status["pci_passthrough_devices"] = json.dumps(cards(self.spec.get("pci", [])))
        return status

    def update_provider_tree(self, provider_tree, nodename, allocations=None):
        super().update_provider_tree(provider_tree, nodename, allocations)
        inventory = dict(provider_tree.data(nodename).inventory)
        for name, total in self.spec.get("resources", {}).items():
            inventory[name] = {
                "total": total, "min_unit": 1, "max_unit": total, "step_size": 1,
                "allocation_ratio": 1.0, "reserved": 0,
            }
        provider_tree.update_inventory(nodename, inventory)
        provider_tree.add_traits(nodename, *self.spec.get("traits", []))
