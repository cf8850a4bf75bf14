import { z } from 'zod';

/** Binary size suffixes a site file may use, in GiB. Smaller units would only invite rounding. */
const GIB: Readonly<Record<string, number>> = { Gi: 1, Ti: 1024, Pi: 1024 * 1024 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A size such as `12Ti` or `500Gi`; the resolved site holds it as a whole number of GiB. */
export const size = (): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^[1-9]\d*(Gi|Ti|Pi)$/, 'a size is a whole number with Gi, Ti or Pi, for example 500Gi')
    .transform((text) => Number(text.slice(0, -2)) * (GIB[text.slice(-2)] ?? 0));

/** A span of time such as `10s`, `30m`, `168h` or `7d`; the resolved site holds it in seconds. */
export const duration = (): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^(0|[1-9]\d*)[smhd]$/, 'a duration is a whole number with s, m, h or d, for example 10s')
    .transform((text) => Number(text.slice(0, -1)) * (SECONDS[text.slice(-1)] ?? 0));

/** Kubernetes quantity of a size in GiB, in the shortest canonical form (`12Ti`, `500Gi`). */
export function gi(gib: number): string {
  return gib >= 1024 && gib % 1024 === 0 ? `${gib / 1024}Ti` : `${gib}Gi`;
}
