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
  /** The program dies with this one, even when this one is killed: it must not go on writing unseen. */
  readonly tied?: boolean;
}

/** Asks the kernel for a signal at the parent's death (setpriv(1) of util-linux, part of every Debian). */
const TIE = ['setpriv', '--pdeathsig', 'KILL'];

/**
 * Runs a program to its end.
 *
 * @throws ProgramError with the end of its log if it does not end with 0.
 */
export async function run(step: Command): Promise<void> {
  const log = openSync(step.log, 'a', 0o600);
  const [command = '', ...args] = [...(step.tied ? TIE : []), step.command, ...step.args];
  const child = spawn(command, args, { env: step.env ?? process.env, stdio: ['ignore', log, log] });
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
