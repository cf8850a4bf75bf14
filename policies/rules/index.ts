import type { Rule } from '../rule';
import { rule as acceleratorsKnown } from './accelerators/known';
import { rule as acceleratorsWhole } from './accelerators/whole';
import { rule as availabilityDisruptionBudget } from './availability/disruption-budget';
import { rule as availabilityProbesDiffer } from './availability/probes-differ';
import { rule as availabilityReadiness } from './availability/readiness';
import { rule as availabilitySelector } from './availability/selector';
import { rule as availabilitySpread } from './availability/spread';
import { rule as batchCronDeadline } from './batch/cron-deadline';
import { rule as batchExpiry } from './batch/expiry';
import { rule as batchGrace } from './batch/grace';
import { rule as batchQueue } from './batch/queue';
import { rule as certificatesFreshKeys } from './certificates/fresh-keys';
import { rule as deliveryPinned } from './delivery/pinned';
import { rule as deliveryProject } from './delivery/project';
import { rule as deliveryProjectScope } from './delivery/project-scope';
import { rule as deliveryServerSide } from './delivery/server-side';
import { rule as gatewayIngressHosts } from './gateway/ingress-hosts';
import { rule as gatewayListeners } from './gateway/listeners';
import { rule as gatewayRouteHosts } from './gateway/route-hosts';
import { rule as imageDigest } from './image/digest';
import { rule as imagePullPolicy } from './image/pull-policy';
import { rule as imageRegistry } from './image/registry';
import { rule as imageTagged } from './image/tagged';
import { rule as kueueBatchBorrows } from './kueue/batch-borrows';
import { rule as kueueCohort } from './kueue/cohort';
import { rule as kueueCoverage } from './kueue/coverage';
import { rule as kueueOwnerReclaims } from './kueue/owner-reclaims';
import { rule as monitoringRunbook } from './monitoring/runbook';
import { rule as namespacesNotDefault } from './namespaces/not-default';
import { rule as namespacesPodSecurity } from './namespaces/pod-security';
import { rule as networkDefaultDeny } from './network/default-deny';
import { rule as networkEgressTo } from './network/egress-to';
import { rule as networkIngressFrom } from './network/ingress-from';
import { rule as networkLoadBalancerRanges } from './network/load-balancer-ranges';
import { rule as networkNoExternalIps } from './network/no-external-ips';
import { rule as networkNoNodePort } from './network/no-node-port';
import { rule as networkPortsNamed } from './network/ports-named';
import { rule as networkTlsConfiguration } from './network/tls-configuration';
import { rule as networkTlsEnvironment } from './network/tls-environment';
import { rule as networkWorldIngress } from './network/world-ingress';
import { rule as offloadNoLocalStorage } from './offload/no-local-storage';
import { rule as offloadOptIn } from './offload/opt-in';
import { rule as podApparmor } from './pod/apparmor';
import { rule as podDropCapabilities } from './pod/drop-capabilities';
import { rule as podNoHostNamespaces } from './pod/no-host-namespaces';
import { rule as podNoHostPath } from './pod/no-host-path';
import { rule as podNoHostPorts } from './pod/no-host-ports';
import { rule as podNoPrivilegeEscalation } from './pod/no-privilege-escalation';
import { rule as podNoServiceLinks } from './pod/no-service-links';
import { rule as podNotPrivileged } from './pod/not-privileged';
import { rule as podProcMount } from './pod/proc-mount';
import { rule as podReadOnlyRoot } from './pod/read-only-root';
import { rule as podRunAsNonRoot } from './pod/run-as-non-root';
import { rule as podSafeSysctls } from './pod/safe-sysctls';
import { rule as podSeccomp } from './pod/seccomp';
import { rule as podSelinux } from './pod/selinux';
import { rule as podTokenStated } from './pod/token-stated';
import { rule as podUniqueEnv } from './pod/unique-env';
import { rule as podUserNotZero } from './pod/user-not-zero';
import { rule as podVolumeTypes } from './pod/volume-types';
import { rule as rbacAccountsWithoutToken } from './rbac/accounts-without-token';
import { rule as rbacNoClusterAdmin } from './rbac/no-cluster-admin';
import { rule as rbacNoClusterSecrets } from './rbac/no-cluster-secrets';
import { rule as rbacNoEscalation } from './rbac/no-escalation';
import { rule as rbacNoExec } from './rbac/no-exec';
import { rule as rbacNoWildcards } from './rbac/no-wildcards';
import { rule as rbacSubjects } from './rbac/subjects';
import { rule as resourcesMemoryLimit } from './resources/memory-limit';
import { rule as resourcesRequests } from './resources/requests';
import { rule as resourcesScratchLimit } from './resources/scratch-limit';
import { rule as secretsNoLiteralEnvironment } from './secrets/no-literal-environment';
import { rule as secretsNoSecretConfiguration } from './secrets/no-secret-configuration';
import { rule as secretsNoValues } from './secrets/no-values';
import { rule as sessionsNoToken } from './sessions/no-token';
import { rule as sessionsOwner } from './sessions/owner';
import { rule as storageClassNamed } from './storage/class-named';
import { rule as storageKeepData } from './storage/keep-data';
import { rule as storageOwnerOnce } from './storage/owner-once';

/** Every rule, by id. A new file is listed here; a test finds the ones that are not. */
export const RULES: readonly Rule[] = [
  acceleratorsKnown,
  acceleratorsWhole,
  availabilityDisruptionBudget,
  availabilityProbesDiffer,
  availabilityReadiness,
  availabilitySelector,
  availabilitySpread,
  batchCronDeadline,
  batchExpiry,
  batchGrace,
  batchQueue,
  certificatesFreshKeys,
  deliveryPinned,
  deliveryProject,
  deliveryProjectScope,
  deliveryServerSide,
  gatewayIngressHosts,
  gatewayListeners,
  gatewayRouteHosts,
  imageDigest,
  imagePullPolicy,
  imageRegistry,
  imageTagged,
  kueueBatchBorrows,
  kueueCohort,
  kueueCoverage,
  kueueOwnerReclaims,
  monitoringRunbook,
  namespacesNotDefault,
  namespacesPodSecurity,
  networkDefaultDeny,
  networkEgressTo,
  networkIngressFrom,
  networkLoadBalancerRanges,
  networkNoExternalIps,
  networkNoNodePort,
  networkPortsNamed,
  networkTlsConfiguration,
  networkTlsEnvironment,
  networkWorldIngress,
  offloadNoLocalStorage,
  offloadOptIn,
  podApparmor,
  podDropCapabilities,
  podNoHostNamespaces,
  podNoHostPath,
  podNoHostPorts,
  podNoPrivilegeEscalation,
  podNoServiceLinks,
  podNotPrivileged,
  podProcMount,
  podReadOnlyRoot,
  podRunAsNonRoot,
  podSafeSysctls,
  podSeccomp,
  podSelinux,
  podTokenStated,
  podUniqueEnv,
  podUserNotZero,
  podVolumeTypes,
  rbacAccountsWithoutToken,
  rbacNoClusterAdmin,
  rbacNoClusterSecrets,
  rbacNoEscalation,
  rbacNoExec,
  rbacNoWildcards,
  rbacSubjects,
  resourcesMemoryLimit,
  resourcesRequests,
  resourcesScratchLimit,
  secretsNoLiteralEnvironment,
  secretsNoSecretConfiguration,
  secretsNoValues,
  sessionsNoToken,
  sessionsOwner,
  storageClassNamed,
  storageKeepData,
  storageOwnerOnce,
];
