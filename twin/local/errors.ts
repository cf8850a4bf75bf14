import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 16_384;

/** A program of the rehearsal failed, with the end of its own log: the environment or a bug, not the user's input. */
export class ProgramError extends Error {
  constructor(headline: string, logs: readonly string[] = []) {
    super([headline, ...logs.map(quote).filter(Boolean)].join('\n'));
    this.name = 'ProgramError';
  }
}

function quote(file: string): string {
  const lines = tail(file, 15);
  return lines.length === 0 ? '' : [`last lines of ${file}:`, ...lines.map((l) => `  ${l}`)].join('\n');
}

/** The last lines of a file that may be large or absent. */
export function tail(file: string, count: number): string[] {
  if (!existsSync(file)) return [];
  const fd = openSync(file, 'r');
  try {
    const size = fstatSync(fd).size;
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    closeSync(fd);
  }
}
