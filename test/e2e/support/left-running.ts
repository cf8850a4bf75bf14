import { readFileSync, readdirSync } from 'node:fs';

/** Processes whose command line or environment names a folder: what something in there has left running. */
export function leftRunning(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const names = (file: string): boolean => {
    try {
      return readFileSync(file, 'latin1').includes(folder);
    } catch {
      return false; // ended while it was looked at, or not ours
    }
  };
  return pids.filter((pid) => names(`/proc/${pid}/cmdline`) || names(`/proc/${pid}/environ`));
}
