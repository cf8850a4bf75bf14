const PLACEHOLDER = /\{\{([A-Za-z][A-Za-z0-9.]*)\}\}/g;

/**
 * Fills the `{{placeholders}}` of a configuration file. A value is put in as it is, also when it has several lines.
 *
 * @throws Error naming every placeholder without a value: a template and this program have drifted apart.
 */
export function fillTemplate(name: string, text: string, values: Readonly<Record<string, string>>): string {
  const unknown = new Set<string>();
  const filled = text.replace(PLACEHOLDER, (whole, key: string) => {
    const value = values[key];
    if (value === undefined) unknown.add(key);
    return value ?? whole;
  });
  if (unknown.size > 0) throw new Error(`${name}: no value for ${[...unknown].sort().join(', ')}`);
  return filled;
}
