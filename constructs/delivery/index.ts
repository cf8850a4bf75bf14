export { type ChartRelease, Delivery, type DeliveryProps, policiesFolder } from './delivery';
export { HEALTH_SCRIPTS } from './health';
export { CONTROLLERS_PROJECT, IN_CLUSTER, PLATFORM_PROJECT } from './projects';
export { type DeliveredObject, deliveryFaults, type Folder, PROVIDERS } from './sequence';
export { CHART_WAVES, WAVES } from './waves';
