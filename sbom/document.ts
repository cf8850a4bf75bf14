import { createHash } from 'node:crypto';

import { Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';

const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot7));

/**
 * CycloneDX 1.7 JSON with sorted lists and a serial number derived from the content: the same platform gives the same file on every
 * machine, so that a difference in review is a difference of the platform. No timestamp for the same reason; git has it.
 */
export function writeBom(bom: Models.Bom): string {
  bom.serialNumber = undefined;
  bom.serialNumber = `urn:uuid:${uuidOf(serialize(bom))}`;
  return `${serialize(bom)}\n`;
}

function serialize(bom: Models.Bom): string {
  return serializer.serialize(bom, { sortLists: true, space: 2 });
}

/** A UUID of version 8 (RFC 9562: content of one's own making) from the SHA-256 of a text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** A name and value under the platform's own name space. */
export function property(name: string, value: string | number): Models.Property {
  return new Models.Property(`ai-infn:${name}`, String(value));
}

/** A licence as an SPDX expression. */
export function licences(expression: string): Models.LicenseRepository {
  return new Models.LicenseRepository([new Models.LicenseExpression(expression)]);
}
