import type { Construct } from 'constructs';

import { PlatformComponent, type Manifest } from '../core/component';
import { WAVES } from '../delivery/waves';
import { NAMESPACES } from '../network/namespaces';
import { fpgaObjects } from './fpga';
import { dcgmCsv, DCGM_METRICS } from './metrics';
import { migPartedConfig } from './mig-config';
import { DCGM_CONFIG, hasNvidia, MIG_CONFIG } from './values';

/**
 * What makes cards usable: MIG layouts and measured figures for the GPU Operator, whose chart the delivery component
 * installs with `gpuOperatorValues`, and the device plugin of FPGAs. A site without cards has no objects here.
 */
export class Gpu extends PlatformComponent {
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: NAMESPACES.gpu.name, wave: WAVES.gpu });
    const nvidia = hasNvidia(this.site)
      ? [
          this.configMap(MIG_CONFIG, 'config.yaml', migPartedConfig(this.site)),
          this.configMap(DCGM_CONFIG, 'dcgm-metrics.csv', dcgmCsv(DCGM_METRICS)),
        ]
      : [];
    for (const manifest of [...nvidia, ...fpgaObjects(this.site, this.lock, this.home)]) this.add(manifest);
  }

  private configMap(name: string, key: string, text: string): Manifest {
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: this.home },
      data: { [key]: text },
    };
  }
}
