import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import { ProgramError } from './errors';

/** A program to run to its end. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Receives standard output and error. */
  readonly log: string;
}

/**
 * Runs a program to its end.
 *
 * @throws ProgramError with the end of its log if it does not end with 0.
 */
export async function run(step: Command): Promise<void> {
  const log = openSync(step.log, 'a', 0o600);
  const child = spawn(step.command, step.args, { env: step.env ?? process.env, stdio: ['ignore', log, log] });
  closeSync(log);
  const outcome = await new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(code === 0 ? '' : `ended with ${signal ?? code}`);
    });
  });
  if (outcome !== '')
    throw new ProgramError(`${step.command} ${step.args.join(' ')}: ${outcome}`, [step.log]);
}
