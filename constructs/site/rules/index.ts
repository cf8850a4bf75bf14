import { repoSafe, revisionPinned } from './delivery';
import { controlSize, flavorCards, flavorDeclared } from './flavors';
import { cardsNeedHost, hostExists, hostHasCards, hostKinds, nodeKinds } from './hosts';
import { acmePublic, domainUsable, groupsDistinct, issuerForm } from './identity';
import { migFillsCard, migLayout, migNeedsCards, migOneProfile } from './mig';
import { cidrCanonical, noOverlap, notOpen, podSize, subnetSize } from './network';
import {
  blockUnique,
  controlExists,
  controlOdd,
  encryptedHasData,
  encryptedType,
  nameLength,
  oneKind,
  reservedProject,
  roleMatchesCards,
  storageExists,
} from './nodes';
import { remoteApis, remoteGpus, remoteKinds, remoteNames } from './offload';
import { groupUnique, homeFits, nameFree, storageFits } from './projects';
import type { Rule } from './rule';
import { graceShort, idleTime, reserveExists, sessionFits } from './sessions';
import { endpointMatches } from './storage';

export type { Rule, RuleFinding } from './rule';

/** Everything that must hold for a site beyond the form of its values; `site/file-name` is checked by the loader. */
export const RULES: readonly Rule[] = [
  domainUsable,
  hostKinds,
  nodeKinds,
  hostExists,
  cardsNeedHost,
  hostHasCards,
  oneKind,
  roleMatchesCards,
  controlOdd,
  controlExists,
  storageExists,
  nameLength,
  encryptedHasData,
  encryptedType,
  reservedProject,
  blockUnique,
  flavorDeclared,
  flavorCards,
  controlSize,
  migNeedsCards,
  migLayout,
  migOneProfile,
  migFillsCard,
  cidrCanonical,
  noOverlap,
  notOpen,
  subnetSize,
  podSize,
  groupUnique,
  nameFree,
  storageFits,
  homeFits,
  sessionFits,
  idleTime,
  graceShort,
  reserveExists,
  endpointMatches,
  remoteKinds,
  remoteGpus,
  remoteNames,
  remoteApis,
  issuerForm,
  groupsDistinct,
  acmePublic,
  repoSafe,
  revisionPinned,
];
