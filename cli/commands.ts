import type { Command } from './command';
import { explain } from './verbs/explain';
import { gpus } from './verbs/gpus';
import { validate } from './verbs/validate';

/** Every verb, in the order the overview lists them: first day, change, look, care. */
export const COMMANDS: readonly Command[] = [validate, gpus, explain];
