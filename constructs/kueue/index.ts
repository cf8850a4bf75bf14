/** Kueue: "interactive owns, batch borrows" as queues, flavors, priorities and the controller's configuration. */
export * from './configuration';
export * from './invariants';
export * from './kueue';
export * from './labels';
export * from './objects';
export * from './plan';
export * from './queues';
export { hasReservations, planFlavors } from './flavors';
