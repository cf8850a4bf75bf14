import { NO_PRODUCT } from '../inventory';
import { PRODUCT_LABEL } from '../accelerators';
import { acceleratorOf, layoutOfGroup, type Group } from '../nodes';

/** Node label with the role of the machine. */
export const ROLE_LABEL = 'ai-infn.it/role';
/** Node label with the node group of the site file. */
export const GROUP_LABEL = 'ai-infn.it/group';
/** Node label that MIG manager acts on. */
export const MIG_LABEL = 'nvidia.com/mig.config';
/** Taint and label key of machines reserved for a project; the value is the project. */
export const RESERVED_KEY = 'reserved';
/** Value of the label on machines that everybody may use: queues tell them from reserved ones, so none may lack it. */
export const NOT_RESERVED = 'none';

/** GPU Feature Discovery writes the product of NVIDIA cards itself; nobody does for FPGAs and machines without cards. */
function productLabel(group: Group): Readonly<Record<string, string>> {
  const accelerator = acceleratorOf(group.node);
  if (accelerator?.vendor === 'nvidia') return {};
  return { [PRODUCT_LABEL]: accelerator?.product ?? NO_PRODUCT };
}

/** Cards whose driver knows MIG carry their layout always, so that a card left in MIG mode by a former owner is reset. */
function migLabel({ node }: Group): Readonly<Record<string, string>> {
  const layout = acceleratorOf(node)?.mig ? layoutOfGroup(node) : undefined;
  return layout ? { [MIG_LABEL]: layout.config } : {};
}

/** Labels the kubelet registers with. */
export function labelsOf(group: Group): Readonly<Record<string, string>> {
  const { reserved } = group.node;
  return {
    [ROLE_LABEL]: group.role,
    [GROUP_LABEL]: group.name,
    ...productLabel(group),
    ...migLabel(group),
    [RESERVED_KEY]: reserved ?? NOT_RESERVED,
  };
}

/**
 * Taints as `key=value:Effect`. Only reservations and a control plane that has service machines beside it are strict:
 * work without a card may use the idle CPUs of the other machines when nothing else is free.
 */
export function taintsOf(group: Group, hasService: boolean): readonly string[] {
  const { reserved } = group.node;
  const accelerator = acceleratorOf(group.node);
  return [
    // The taint RKE2 advises for servers; its own services tolerate it. NoSchedule, so that exporters may stay.
    ...(group.role === 'control' && hasService ? ['CriticalAddonsOnly=true:NoSchedule'] : []),
    ...(group.role === 'storage' ? [`${ROLE_LABEL}=storage:PreferNoSchedule`] : []),
    ...(accelerator ? [`${accelerator.resource}=present:PreferNoSchedule`] : []),
    ...(reserved === undefined ? [] : [`${RESERVED_KEY}=${reserved}:NoSchedule`]),
  ];
}
