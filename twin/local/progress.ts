/** One step of a long operation, for people: what happens now and how many seconds it took to get here. */
export interface ProgressEvent {
  readonly seconds: number;
  readonly message: string;
}

/** Receives the steps of a long operation; the command line prints them, tests may collect them. */
export type OnProgress = (event: ProgressEvent) => void;

/** Tells a step of an operation that has a clock of its own. */
export type Say = (message: string) => void;

/** Starts the clock of one operation; what is said from now on carries the seconds since, to a tenth. */
export function stopwatch(onProgress: OnProgress | undefined, now: () => number = Date.now): Say {
  const start = now();
  return (message) => onProgress?.({ seconds: Math.round((now() - start) / 100) / 10, message });
}
