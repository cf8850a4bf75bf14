import type { Construct } from 'constructs';

import { PlatformComponent } from '../core/component';
import { formatFinding, RenderError } from '../core/errors';
import { WAVES } from '../delivery/waves';
import { NAMESPACES } from '../network/namespaces';
import { checkQueues } from './invariants';
import { priorityObjects, queueObjects } from './objects';
import type { QueuePlan } from './plan';
import { planQueues } from './queues';

/**
 * Queues, flavors and priorities of a site. The controller itself is upstream's chart, installed by the delivery
 * component with `kueueChartValues`.
 */
export class Kueue extends PlatformComponent {
  /** What the objects were made from: for session menus, vkd, models and reference pages. */
  readonly plan: QueuePlan;

  /** @throws RenderError when the plan breaks an invariant: a bug here, for every site that loads has a sound plan */
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: NAMESPACES.kueue.name, wave: WAVES.kueue });
    this.plan = planQueues(this.site);
    const findings = checkQueues(this.plan);
    if (findings.length > 0) throw new RenderError(this.node.path, findings.map(formatFinding).join('\n'));
    for (const manifest of [...priorityObjects(), ...queueObjects(this.plan)]) this.add(manifest);
  }
}
