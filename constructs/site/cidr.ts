/** One IPv4 range as numbers, so that ranges can be compared. */
export interface Cidr {
  /** As written, for example `10.71.0.0/24`. */
  readonly text: string;
  /** First address as a number. */
  readonly first: number;
  readonly prefix: number;
  /** Number of addresses. */
  readonly size: number;
  /** False when the address part has bits beyond the prefix, as in `10.71.0.5/24`: most clouds refuse such a range. */
  readonly canonical: boolean;
}

const toNumber = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const toText = (n: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** Reads a range that the schema has accepted. */
export function parseCidr(text: string): Cidr {
  const [address = '', bits = ''] = text.split('/');
  const prefix = Number(bits);
  const size = 2 ** (32 - prefix);
  const at = toNumber(address);
  const first = at - (at % size);
  return { text, first, prefix, size, canonical: at === first };
}

/** The n-th address of a range, counted from 0. @throws RangeError beyond the range: a bug, rules check sizes first */
export function addressAt(cidr: Cidr, n: number): string {
  if (n < 0 || n >= cidr.size) throw new RangeError(`${cidr.text} has no address number ${n}`);
  return toText(cidr.first + n);
}

/** Whether an address lies in a range. */
export function contains(cidr: Cidr, address: string): boolean {
  const n = toNumber(address) - cidr.first;
  return n >= 0 && n < cidr.size;
}

/** Whether two ranges share an address. */
export function overlap(a: Cidr, b: Cidr): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** The range as a cloud accepts it: host bits cleared. */
export function canonical(cidr: Cidr): string {
  return `${toText(cidr.first)}/${cidr.prefix}`;
}
