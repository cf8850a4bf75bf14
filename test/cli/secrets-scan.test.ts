import { createHash, generateKeyPairSync } from 'node:crypto';

import { findSecrets } from './secrets-scan';

/** Bytes that look random and are the same in every run. */
const random = (seed: string): Buffer => createHash('sha256').update(seed).digest();
const key = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('the scan for secret values', () => {
  test.each([
    ['a private key', key],
    ['32 random bytes in base64', () => random('a').toString('base64url')],
    ['32 random bytes in hex', () => random('a').toString('hex')],
    ['a password in an address', () => 'postgres://hub:geheim@postgres/hub'],
    ['a web token', () => `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.${random('b').toString('base64url')}`],
    ['a password hash', () => '$2b$12$abcdefghijklmnopqrstuv'],
    ['an access key', () => 'AKIAIOSFODNN7EXAMPLE'],
  ])('finds %s', (_, secret) => {
    expect(findSecrets(`value: ${secret()}\n`).length).toBeGreaterThan(0);
  });

  test('misses at most one random text in a hundred', () => {
    const texts = Array.from({ length: 1000 }, (_, i) => random(String(i)).toString('base64url'));
    expect(texts.filter((text) => findSecrets(text).length === 0).length).toBeLessThan(10);
  });

  test.each([
    ['a digest', `image: a.example.org/b:1@sha256:${createHash('sha256').update('x').digest('hex')}`],
    ['a name', 'secretName: nvidia-a100-pcie-40gb-mig-1g.5gb-opportunistic'],
    ['a reference', 'url: postgres://hub:$(PASSWORD)@postgres/hub'],
    ['an environment variable', 'name: POSTGRES_REPLICATION_PASSWORD_FILE'],
  ])('lets %s pass', (_, text) => {
    expect(findSecrets(text)).toEqual([]);
  });
});
