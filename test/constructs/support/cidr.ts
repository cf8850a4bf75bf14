/** Whether an IPv4 address lies in a range; written apart from the code under test. */
export function contains(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const number = (text: string): bigint =>
    text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const shift = BigInt(32 - Number(bits));
  return number(base) >> shift === number(address) >> shift;
}
