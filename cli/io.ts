/** Where a verb writes; results go to `out`, progress and messages to `err`, so that `--json` output can be piped. */
export interface Io {
  readonly json: boolean;
  /** Prints a line of the result. */
  out(line: string): void;
  /** Prints a message for people. */
  err(line: string): void;
  /** Says what is being done, with the seconds since the command began. */
  progress(message: string): void;
}

/** Io on the process's own streams. A reader that closes the pipe early, as `head` does, is no fault. */
export function processIo(json: boolean): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const start = process.hrtime.bigint();
  const seconds = (): string => String((process.hrtime.bigint() - start) / 1_000_000_000n).padStart(4);
  return {
    json,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    progress: (message) => void process.stderr.write(`[${seconds()} s] ${message}\n`),
  };
}

/** Prints the result: the value as JSON with `--json`, else the text. */
export function result(io: Io, value: unknown, lines: () => readonly string[]): void {
  if (io.json) io.out(JSON.stringify(value, null, 2));
  else
    lines().forEach((line) => {
      io.out(line);
    });
}

/** A table with aligned columns; numbers are aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)));
  const numeric = header.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((w) => '-'.repeat(w)).join('  '), ...cells.slice(1).map(line)];
}
