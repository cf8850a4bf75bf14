/** Forms that a secret value has by itself. */
const PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\./, // JSON web token
  /\bAKIA[0-9A-Z]{16}\b/,
  /\b(ghp|gho|glpat|xox[bp])[-_][\w-]{16,}/,
  /:\/\/[^\s/:@$]+:[^\s/@$]{3,}@/, // user:password@ in an address
  /\$(2[aby]|5|6|argon2id?)\$[^\s]{10,}/, // password hash
];
/** Random text: 24 characters of base64 carry 4.2 bits each in the mean, words joined by dashes at most 3.8. */
const BITS = 3.9;
const RANDOM_TEXT = /[A-Za-z0-9+=_-]{24,}/g;
const RANDOM_HEX = /\b[0-9a-f]{32,}\b/g;
/** Digests of images, checksums of configuration and hashes in a bill of materials are public. */
const PUBLIC = new RegExp(
  [
    'sha256:[0-9a-f]{64}',
    'checksum/[\\w-]+: "?[0-9a-f]{16,64}',
    '"alg": "SHA-256",\\s*"content": "[0-9a-f]{64}"',
  ].join('|'),
  'g',
);

/** Shannon entropy, bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return -[...counts.values()].reduce((sum, n) => sum + (n / text.length) * Math.log2(n / text.length), 0);
}

const isMixed = (word: string): boolean => [/[0-9]/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(word));

/** Texts in a file that look like secret values. */
export function findSecrets(text: string): readonly string[] {
  const rest = text.replaceAll(PUBLIC, '');
  return [
    ...PATTERNS.flatMap((pattern) => pattern.exec(rest)?.[0] ?? []),
    ...(rest.match(RANDOM_TEXT) ?? []).filter((word) => isMixed(word) && entropy(word) > BITS),
    ...(rest.match(RANDOM_HEX) ?? []).filter((word) => entropy(word) > 3),
  ];
}
