import type { Manifest } from '../core/component';
import type { Lock } from '../core/lock';
import { groupsOf, PRODUCT_LABEL, type Site } from '../site';
import { RESERVED_KEY } from '../site/machines/labels';
import { acceleratorOf } from '../site/nodes';

const NAME = 'fpga-device-plugin';
const SOCKETS = '/var/lib/kubelet/device-plugins';

/** Product labels of the FPGA machines of a site. */
function fpgaProducts(site: Site): readonly string[] {
  const cards = groupsOf(site).flatMap(({ node }) => acceleratorOf(node) ?? []);
  return [...new Set(cards.filter(({ vendor }) => vendor === 'xilinx').map(({ product }) => product))].sort();
}

/**
 * AMD's device plugin on the FPGA machines. It only tells the kubelet which cards are there: XRT (Xilinx Runtime) with
 * its driver, and the shell that the resource is named after, belong to the machine and are installed and flashed there.
 */
function podSpec(products: readonly string[], image: string): object {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: 'system-node-critical',
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: PRODUCT_LABEL, operator: 'In', values: products }] },
          ],
        },
      },
    },
    tolerations: [{ key: RESERVED_KEY, operator: 'Exists', effect: 'NoSchedule' }],
    containers: [
      {
        name: NAME,
        image,
        imagePullPolicy: 'IfNotPresent',
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '64Mi' } },
        // Root without any capability: it opens its socket in the kubelet's directory and reads /sys.
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'sockets', mountPath: SOCKETS }],
      },
    ],
    volumes: [{ name: 'sockets', hostPath: { path: SOCKETS, type: 'Directory' } }],
  };
}

/** The DaemonSet of the FPGA device plugin; nothing for a site without FPGAs. */
export function fpgaObjects(site: Site, lock: Lock, namespace: string): readonly Manifest[] {
  const products = fpgaProducts(site);
  if (products.length === 0) return [];
  const labels = { 'app.kubernetes.io/name': NAME };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: NAME, namespace, labels },
      spec: {
        revisionHistoryLimit: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(products, lock.image('xilinx-device-plugin')) },
      },
    },
  ];
}
