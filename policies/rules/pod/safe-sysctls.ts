import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Pods set only sysctls of their own namespace. */
export const rule: Rule = {
  id: 'pod/safe-sysctls',
  title: 'Pods set only sysctls of their own namespace',
  why: 'Other kernel settings change the node for everybody.',
  sources: { pss: ['Sysctls'], ksv: ['KSV-0026'] },
  match: POD_CARRIERS,
  expressions: [
    'variables.pod.?securityContext.?sysctls.orValue([]).all(s, s.name in ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"])',
  ],
  message: 'sysctls that Kubernetes calls safe',
  fix: 'remove the sysctl, or set it on the machine by cloud-init',
  admission: 'deny',
};
