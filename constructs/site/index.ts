/** The site model: what a site file says, checked and with every default resolved, and what follows from it. */
export * from './accelerators';
export { podCapacity, systemReserve, type Capacity } from './capacity';
export * from './inventory';
export * from './json-schema';
export * from './load';
export * from './machines';
export * from './mig';
export { gatewayGroup, groupsOf, groupsWith, roleOf, type Group, type Role } from './nodes';
export * from './ports';
export { RULES, type Rule, type RuleFinding } from './rules';
export * from './schema';
export { openstackHosts, type TestHost, type TestPci } from './testbed';
export * from './units';
