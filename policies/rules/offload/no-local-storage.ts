import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Offloaded pods mount nothing local. */
export const rule: Rule = {
  id: 'offload/no-local-storage',
  title: 'Offloaded pods mount nothing local',
  why: 'A remote centre has neither our volumes nor our folders; the job would fail after queueing there.',
  sources: { platform: 'interLink copies only configMap, secret and emptyDir' },
  match: POD_CARRIERS,
  expressions: [
    '!variables.pod.?tolerations.orValue([]).exists(t, t.?key.orValue("") == "virtual-node.interlink/no-schedule" || (t.?operator.orValue("Equal") == "Exists" && t.?key.orValue("") == "")) || variables.pod.?volumes.orValue([]).all(v, !has(v.hostPath) && !has(v.nfs) && !has(v.persistentVolumeClaim))',
  ],
  message: 'configMap, secret, emptyDir, downwardAPI and projected volumes',
  fix: 'read data through JuiceFS or the object store',
  admission: 'deny',
};
