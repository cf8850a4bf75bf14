import type { Command } from './command';
import { docsCommand } from './verbs/docs';
import { down } from './verbs/down';
import { explain } from './verbs/explain';
import { gpus } from './verbs/gpus';
import { newSite } from './verbs/new-site';
import { plan } from './verbs/plan';
import { render } from './verbs/render';
import { sbom } from './verbs/sbom';
import { up } from './verbs/up';
import { validate } from './verbs/validate';

/** Every verb, in the order the overview lists them: first day, new site, change, look. */
export const COMMANDS: readonly Command[] = [
  up,
  down,
  newSite,
  validate,
  plan,
  render,
  gpus,
  explain,
  sbom,
  docsCommand(() => COMMANDS),
];
