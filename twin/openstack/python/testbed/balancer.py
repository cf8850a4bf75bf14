"""An octavia provider without machines: what is pending becomes ACTIVE, or goes, a moment later.

The address of a load balancer is a real neutron port. One thread ends all pending operations, one balancer after the
other: a state that is read is written back before anything else of that balancer is read, and only what was pending is
written. Two threads could overwrite a PENDING_DELETE that came in between, and that deletion would never end.
"""
import threading
import time

from octavia_lib.api.drivers import provider_base
from oslo_log import log as logging

LOG = logging.getLogger(__name__)
PAUSE = 0.3  # seconds between two rounds; the API commits an operation after it has called the driver
ROUNDS = 100  # rounds in which the committed operation must show up


def _answer(item, removed, operating):
    """What a provider's agent reports of one object."""
    if removed or item.provisioning_status == "PENDING_DELETE":
        return {"id": item.id, "provisioning_status": "DELETED"}
    return {"id": item.id, "provisioning_status": "ACTIVE", "operating_status": operating}


def _objects(balancer):
    """Every object below a load balancer: kind, object, whether its parent goes away, operating status."""
    gone = balancer.provisioning_status == "PENDING_DELETE"
    for pool in balancer.pools:
        leaves = gone or pool.provisioning_status == "PENDING_DELETE"
        yield "pools", pool, gone, "ONLINE"
        for member in pool.members:
            yield "members", member, leaves, "ONLINE" if pool.health_monitor else "NO_MONITOR"
        if pool.health_monitor:
            yield "healthmonitors", pool.health_monitor, leaves, "ONLINE"
    for listener in balancer.listeners:
        leaves = gone or listener.provisioning_status == "PENDING_DELETE"
        yield "listeners", listener, gone, "ONLINE"
        for policy in listener.l7policies:
            yield "l7policies", policy, leaves, "ONLINE"
            for rule in policy.l7rules:
                yield "l7rules", rule, leaves or policy.provisioning_status == "PENDING_DELETE", "ONLINE"


def _settle(balancer_id):
    """Ends the pending operations of one load balancer; False if none was to be seen yet."""
    from octavia.api.drivers.driver_agent import driver_updater
    from octavia.db import api as db_api
    from octavia.db import repositories

    balancer = repositories.LoadBalancerRepository().get(db_api.get_session(), id=balancer_id)
    if balancer is None:
        return True
    status = {}
    for kind, item, removed, operating in _objects(balancer):
        if removed or item.provisioning_status.startswith("PENDING"):
            status.setdefault(kind, []).append(_answer(item, removed, operating))
    if not status and not balancer.provisioning_status.startswith("PENDING"):
        return False
    status["loadbalancers"] = [_answer(balancer, False, "ONLINE")]
    answer = driver_updater.DriverUpdater().update_loadbalancer_status(status)
    if answer.get("status_code") == 200:
        return True
    LOG.warning("octavia refused the state of load balancer %s: %s", balancer_id, answer)
    return False


class Worker:
    """The one thread that settles load balancers, started with the first operation (after uWSGI has forked)."""

    def __init__(self):
        self._waiting = {}
        self._change = threading.Condition()
        self._thread = None

    def add(self, balancer_id):
        with self._change:
            self._waiting[balancer_id] = [ROUNDS]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._change.notify()

    def _run(self):
        while True:
            with self._change:
                while not self._waiting:
                    self._change.wait()
            time.sleep(PAUSE)
            with self._change:
                due = list(self._waiting.items())
            for balancer_id, ticket in due:
                self._one(balancer_id, ticket)

    def _one(self, balancer_id, ticket):
        try:
            done = _settle(balancer_id)
        except Exception:
            LOG.exception("load balancer %s, trying again", balancer_id)
            done = False
        with self._change:
            ticket[0] -= 1
            # Another ticket in its place belongs to an operation that began meanwhile: that one stays.
            if (done or ticket[0] <= 0) and self._waiting[balancer_id] is ticket:
                del self._waiting[balancer_id]


WORKER = Worker()


def _find(repository, item_id):
    from octavia.db import api as db_api
    from octavia.db import repositories
    return getattr(repositories, repository)().get(db_api.get_session(), id=item_id)


def _pool(pool_id):
    WORKER.add(_find("PoolRepository", pool_id).load_balancer.id)


def _listener(listener_id):
    WORKER.add(_find("ListenerRepository", listener_id).load_balancer.id)


def _policy(policy_id):
    _listener(_find("L7PolicyRepository", policy_id).listener_id)


class Driver(provider_base.ProviderDriver):
    """octavia's provider interface: each operation only names the load balancer that has something pending."""

    def loadbalancer_create(self, loadbalancer):
        WORKER.add(loadbalancer.loadbalancer_id)

    def loadbalancer_delete(self, loadbalancer, cascade=False):
        WORKER.add(loadbalancer.loadbalancer_id)

    def loadbalancer_update(self, old_loadbalancer, new_loadbalancer):
        WORKER.add(old_loadbalancer.loadbalancer_id)

    def loadbalancer_failover(self, loadbalancer_id):
        WORKER.add(loadbalancer_id)

    def listener_create(self, listener):
        WORKER.add(listener.loadbalancer_id)

    def listener_delete(self, listener):
        _listener(listener.listener_id)

    def listener_update(self, old_listener, new_listener):
        _listener(old_listener.listener_id)

    def pool_create(self, pool):
        WORKER.add(pool.loadbalancer_id)

    def pool_delete(self, pool):
        _pool(pool.pool_id)

    def pool_update(self, old_pool, new_pool):
        _pool(old_pool.pool_id)

    def member_create(self, member):
        _pool(member.pool_id)

    def member_delete(self, member):
        _pool(_find("MemberRepository", member.member_id).pool_id)

    def member_update(self, old_member, new_member):
        _pool(_find("MemberRepository", old_member.member_id).pool_id)

    def member_batch_update(self, pool_id, members):
        _pool(pool_id)

    def health_monitor_create(self, healthmonitor):
        _pool(healthmonitor.pool_id)

    def health_monitor_delete(self, healthmonitor):
        _pool(_find("HealthMonitorRepository", healthmonitor.healthmonitor_id).pool_id)

    def health_monitor_update(self, old_healthmonitor, new_healthmonitor):
        _pool(_find("HealthMonitorRepository", old_healthmonitor.healthmonitor_id).pool_id)

    def l7policy_create(self, l7policy):
        _listener(l7policy.listener_id)

    def l7policy_delete(self, l7policy):
        _policy(l7policy.l7policy_id)

    def l7policy_update(self, old_l7policy, new_l7policy):
        _policy(old_l7policy.l7policy_id)

    def l7rule_create(self, l7rule):
        _policy(l7rule.l7policy_id)

    def l7rule_delete(self, l7rule):
        _policy(_find("L7RuleRepository", l7rule.l7rule_id).l7policy_id)

    def l7rule_update(self, old_l7rule, new_l7rule):
        _policy(_find("L7RuleRepository", old_l7rule.l7rule_id).l7policy_id)

    def get_supported_flavor_metadata(self):
        return {}

    def validate_flavor(self, flavor_metadata):
        """Any flavor will do."""
