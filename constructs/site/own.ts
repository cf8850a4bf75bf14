/** Entry of a record by a name that a user wrote: names such as `toString`, which every object has, are not entries. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
