import { z } from 'zod';

const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().optional(),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  protect: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  initErrors: z.array(z.string()).optional(),
});

const pendingSchema = z.looseObject({ resource: resourceSchema, type: z.string() });

const deploymentSchema = z.looseObject({
  resources: z.array(resourceSchema).nullish(),
  pending_operations: z.array(pendingSchema).nullish(),
});

const exportSchema = z.looseObject({ version: z.number(), deployment: deploymentSchema.nullish() });

/** One resource as the state of a stack holds it. */
export type StateResource = z.output<typeof resourceSchema>;
/** An operation that was under way when the engine was killed. */
export type PendingOperation = z.output<typeof pendingSchema>;
/** What `pulumi stack export` prints; unknown fields are kept, so that it can be imported again. */
export type StackExport = z.output<typeof exportSchema>;

/** Reads what `pulumi stack export` printed. */
export function parseExport(json: string): StackExport {
  return exportSchema.parse(JSON.parse(json));
}

/** Resources of a stack's state. */
export function resourcesOf(state: StackExport): readonly StateResource[] {
  return state.deployment?.resources ?? [];
}

/** Operations that were interrupted. */
export function pendingOf(state: StackExport): readonly PendingOperation[] {
  return state.deployment?.pending_operations ?? [];
}

/** Logical name, the last part of a URN. */
export function nameOf(urn: string): string {
  return urn.split('::').slice(3).join('::');
}

/**
 * The state without its interrupted operations, and with what recovery adopted: an adopted resource keeps the inputs
 * of the interrupted creation, and the refresh that follows fills in what the cloud says.
 */
export function settled(state: StackExport, adopted: readonly StateResource[]): StackExport {
  const deployment = state.deployment ?? {};
  return {
    ...state,
    deployment: { ...deployment, resources: [...resourcesOf(state), ...adopted], pending_operations: [] },
  };
}
