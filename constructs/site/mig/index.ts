/** MIG planning: which layouts a card can have, how they are named, and how to choose and change them. Pure. */
export * from './choose';
export * from './geometry';
export * from './layout';
export * from './packing';
export * from './transition';
