"""The hardware that real OpenStack services see in the local rehearsal.

Everything above it (APIs, policy, quotas, scheduler, placement, databases) is Debian's own OpenStack. What is
simulated here: hypervisors with their PCI cards, the agents that carry packets, the storage behind volumes and
the machines behind load balancers. No guest boots and no packet flows.
"""
