import { z } from 'zod';

import { siteSchema } from './schema';

/**
 * JSON Schema of a site file as its author writes it: drives completion in editors (`stacks/sites/site.schema.json`) and
 * the reference page.
 */
export function siteJsonSchema(): Readonly<Record<string, unknown>> {
  // Draft 7 is what the YAML language server supports best.
  return { ...z.toJSONSchema(siteSchema, { io: 'input', target: 'draft-7' }), title: 'AI_INFN site' };
}
