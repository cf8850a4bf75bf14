import { z } from 'zod';

const metadata = z.object({ op: z.string(), urn: z.string(), type: z.string() });
const eventSchema = z.object({
  preludeEvent: z.object({}).optional(),
  resourcePreEvent: z.object({ metadata }).optional(),
  resOutputsEvent: z.object({ metadata }).optional(),
  resOpFailedEvent: z.object({ metadata }).optional(),
  diagnosticEvent: z
    .object({
      severity: z.string(),
      message: z.string(),
      urn: z.string().optional(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  summaryEvent: z
    .object({
      resourceChanges: z.record(z.string(), z.number()).nullish(),
      durationSeconds: z.number(),
      result: z.string().optional(),
    })
    .optional(),
});

/** One event of the engine's JSON stream; only the parts that are reported. */
export type EngineEvent = z.output<typeof eventSchema>;

/** What happened to one resource. */
export interface Change {
  /** `create`, `update`, `replace`, `delete`, ... in the engine's words. */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
}

/** What one operation of the engine came to. */
export interface Summary {
  /** Resources by operation (`create`, `update`, `delete`, `replace`, `same`), as the engine counts them. */
  readonly counts: Readonly<Record<string, number>>;
  /** Resources that were (or in a preview would be) touched, in the order of completion. */
  readonly changes: readonly Change[];
  /** Error messages of the engine, the program and the providers, each once. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** Operations that change nothing: not reported, not counted as change. */
const QUIET = new Set(['same', 'read', 'refresh', 'read-discard', 'discard']);
/** Steps of a replacement, which the engine reports beside the replacement itself. */
const OWN_STEPS = new Set(['create-replacement', 'delete-replaced', 'discard-replaced', 'read-replacement']);

/** Reads one line of the engine's output; undefined for anything that is not an event. */
export function parseEvent(line: string): EngineEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const result = eventSchema.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** The line that tells the operator about an event of an operation; undefined where there is nothing to tell. */
export function progressLine(event: EngineEvent, operation: string): string | undefined {
  const preview = operation === 'preview';
  const begun = event.resourcePreEvent?.metadata;
  if (begun && isTold(begun))
    return `${preview ? 'would ' : ''}${begun.op} ${shortName(begun.urn)}${preview ? '' : ' ...'}`;
  const done = event.resOutputsEvent?.metadata;
  if (done && isTold(done) && !preview) return `${done.op} ${shortName(done.urn)} done`;
  const failed = event.resOpFailedEvent?.metadata;
  if (failed) return `${failed.op} ${shortName(failed.urn)} FAILED`;
  return undefined;
}

/** Gathers events into a summary. */
export class Gathering {
  private readonly changes: Change[] = [];
  private readonly errors = new Set<string>();
  private counts: Readonly<Record<string, number>> = {};
  private seconds = 0;

  /** Takes one event into account. */
  add(event: EngineEvent): void {
    const done = event.resOutputsEvent?.metadata;
    if (done && !QUIET.has(done.op)) this.changes.push({ op: done.op, urn: done.urn, type: done.type });
    const diagnostic = event.diagnosticEvent;
    if (diagnostic?.severity === 'error') this.errors.add(errorLine(diagnostic.message, diagnostic.urn));
    if (event.summaryEvent) {
      this.counts = event.summaryEvent.resourceChanges ?? {};
      this.seconds += event.summaryEvent.durationSeconds;
    }
  }

  /** Takes an error into account that did not come as an event. */
  addError(message: string): void {
    if (message.trim() !== '') this.errors.add(message.trim());
  }

  /** The summary so far. */
  get summary(): Summary {
    const told = [...this.errors].filter((e) => !/^(update|preview|refresh|destroy) failed$/.test(e));
    return {
      counts: this.counts,
      changes: this.changes,
      errors: told.length > 0 ? told : [...this.errors],
      seconds: this.seconds,
    };
  }
}

/** Number of resources that an operation changed (or would change). */
export function changed(summary: Summary): number {
  return Object.entries(summary.counts)
    .filter(([op]) => !QUIET.has(op))
    .reduce((sum, [, n]) => sum + n, 0);
}

/** `Type name` of a URN, short enough for a line: `compute/Instance t4-0`. */
export function shortName(urn: string): string {
  const parts = urn.split('::');
  const type = (parts[2] ?? '').split('$').at(-1) ?? '';
  const [pkg = '', , kind = ''] = type.split(':');
  return `${pkg === 'openstack' ? '' : `${pkg}:`}${kind} ${parts[3] ?? ''}`;
}

function isTold(m: Change): boolean {
  return !QUIET.has(m.op) && !OWN_STEPS.has(m.op) && !m.type.startsWith('pulumi:');
}

function errorLine(message: string, urn: string | undefined): string {
  const trimmed = essence(message);
  return urn === undefined || urn === '' ? trimmed : `${shortName(urn)}: ${trimmed}`;
}

/** What a provider's message says, without the places in its code and the boxes it was wrapped into. */
function essence(message: string): string {
  const bare = message
    .trim()
    .replace(/^sdk-v2\/\S+: sdk\.helper_schema: /, '')
    .replace(/: provider=openstack@\S+$/, '');
  if (!/\d+ errors? occurred:/.test(bare)) return bare;
  const inner = bare
    .split('\n')
    .filter((line) => /^\s*\* /.test(line) && !/errors? occurred:\s*$/.test(line));
  return inner.length > 0 ? inner.map((line) => line.replace(/^\s*\* /, '').trim()).join('; ') : bare;
}
