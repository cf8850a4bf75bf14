import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { z } from 'zod';

import type { Interrupted } from '../openstack/recovery';

/** Inputs by which recovery finds an object; nothing else, least of all user data, is written down. */
const FINDING_INPUTS = [
  'name',
  'description',
  'metadata',
  'publicKey',
  'routerId',
  'subnetId',
  'poolId',
  'instanceId',
  'volumeId',
];

const listSchema = z.array(
  z.object({ urn: z.string(), type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
);

/**
 * Creations that killed engines had begun, kept until a run has ended well: a busy cloud may carry out a request long
 * after its sender was killed, and what then appears must not stay as an orphan.
 */
export class InterruptedCreations {
  constructor(private readonly file: string) {}

  /** All that are remembered. */
  read(): readonly Interrupted[] {
    return existsSync(this.file) ? listSchema.parse(JSON.parse(readFileSync(this.file, 'utf8'))) : [];
  }

  /** Remembers more; on the disk before this returns, so that another kill loses nothing. */
  remember(creations: readonly Interrupted[]): void {
    const known = new Map(
      [...this.read(), ...creations].map((c) => [JSON.stringify([c.urn, finding(c.inputs)]), c]),
    );
    if (known.size === 0) return;
    mkdirSync(dirname(this.file), { recursive: true });
    const list = [...known.values()].map(({ urn, type, inputs }) => ({ urn, type, inputs: finding(inputs) }));
    writeFileSync(`${this.file}.part`, JSON.stringify(list), { mode: 0o600 });
    renameSync(`${this.file}.part`, this.file);
  }

  /** Forgets them all: the cloud has been found to be as it should. */
  forget(): void {
    rmSync(this.file, { force: true });
  }
}

function finding(inputs: Interrupted['inputs']): Record<string, unknown> {
  return Object.fromEntries(FINDING_INPUTS.filter((key) => key in inputs).map((key) => [key, inputs[key]]));
}
