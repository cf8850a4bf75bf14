import type { Command } from './command';
import { docsCommand } from './verbs/docs';
import { doctor } from './verbs/doctor';
import { down } from './verbs/down';
import { explain } from './verbs/explain';
import { gpus } from './verbs/gpus';
import { images } from './verbs/images';
import { lock } from './verbs/lock';
import { newSite } from './verbs/new-site';
import { plan } from './verbs/plan';
import { preview } from './verbs/preview';
import { render } from './verbs/render';
import { sbom } from './verbs/sbom';
import { up } from './verbs/up';
import { validate } from './verbs/validate';

/** Every verb, in the order the overview lists them: first day, new site, change, look, upkeep. */
export const COMMANDS: readonly Command[] = [
  doctor,
  up,
  down,
  newSite,
  validate,
  plan,
  preview,
  render,
  gpus,
  explain,
  sbom,
  lock,
  images,
  docsCommand(() => COMMANDS),
];
