/** The site model: what a site file says, checked and with every default resolved. */
export * from './accelerators';
export * from './mig';
export * from './schema';
export * from './units';
