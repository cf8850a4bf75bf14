"""A storage backend without storage: each operation succeeds at once, cinder's database alone remembers it."""
from cinder.volume import driver

CAPACITY_GB = 1_000_000


class Driver(driver.VolumeDriver):
    VERSION = "1.0"

    def _done(self, *args, **kwargs):
        return None

    do_setup = check_for_setup_error = _done
    create_volume = delete_volume = extend_volume = _done
    create_snapshot = delete_snapshot = revert_to_snapshot = _done
    create_volume_from_snapshot = create_cloned_volume = _done
    copy_image_to_volume = copy_volume_to_image = _done
    ensure_export = create_export = remove_export = terminate_connection = _done
    create_export_snapshot = remove_export_snapshot = _done

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        return {}, True

    def initialize_connection(self, volume, connector, **kwargs):
        return {"driver_volume_type": "fake", "data": {"volume_id": volume["id"], "access_mode": "rw"}}

    def retype(self, context, volume, new_type, diff, host):
        return True

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": "testbed", "vendor_name": "testbed", "driver_version": self.VERSION,
            "storage_protocol": "fake", "reserved_percentage": 0, "multiattach": True, "QoS_support": False,
            "total_capacity_gb": CAPACITY_GB, "free_capacity_gb": CAPACITY_GB,
        }
