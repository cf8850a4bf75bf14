import { stringify } from 'yaml';

import { imageReference, Lock } from '../../../constructs';
import { realLock } from '../support/platform';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const pin = { licence: 'MIT', source: 'https://example.org' };
const DATA = {
  images: {
    done: {
      ref: 'r.example.org/a/b',
      tag: '1.0',
      digest: { resolved: DIGEST, from: 'r.example.org' },
      ...pin,
    },
    open: { ref: 'r.example.org:5000/c', tag: '2', digest: { unresolved: 'not pushed yet' }, ...pin },
  },
  charts: { kueue: { repo: 'oci://r.example.org/charts', chart: 'kueue', version: '0.19.2', ...pin } },
  software: { rke2: { version: 'v1', ...pin } },
};
const lock = (): Lock => Lock.parse(stringify(DATA));

describe('the lock', () => {
  it('names a resolved image by tag and digest', () => {
    expect(lock().image('done')).toBe(`r.example.org/a/b:1.0@${DIGEST}`);
  });

  it('names an unresolved image by tag and never invents a digest', () => {
    expect(lock().image('open')).toBe('r.example.org:5000/c:2');
  });

  it('gives charts and versions', () => {
    expect([lock().chart('kueue').version, lock().version('rke2')]).toEqual(['0.19.2', 'v1']);
  });

  it.each([
    ['images', (l: Lock) => l.image('nope')],
    ['charts', (l: Lock) => l.chart('nope')],
    ['software', (l: Lock) => l.version('nope')],
  ])('refuses what is not pinned in %s', (section, ask) => {
    expect(() => ask(lock())).toThrow(`versions.lock.yaml pins no ${section} entry 'nope'`);
  });

  it('does not take names of the language for pins', () => {
    expect(() => lock().image('constructor')).toThrow("pins no images entry 'constructor'");
  });

  it('remembers what was asked for, once and sorted', () => {
    const pins = lock();
    pins.version('rke2');
    pins.image('open');
    pins.image('open');
    pins.chart('kueue');
    expect(pins.usedNames).toEqual(['charts/kueue', 'images/open', 'software/rke2']);
  });

  it.each([
    ['a digest of the wrong length', { digest: { resolved: 'sha256:abc', from: 'x' } }],
    ['a digest from nowhere', { digest: { resolved: DIGEST } }],
    ['a digest both resolved and not', { digest: { resolved: DIGEST, from: 'x', unresolved: 'y' } }],
    ['no reason for an open digest', { digest: { unresolved: '' } }],
    ['a tag inside the reference', { ref: 'r.example.org/a:1' }],
    ['a tag with blanks', { tag: '1 0' }],
    ['an unknown key', { pulled: true }],
    ['no licence', { licence: '' }],
  ])('refuses %s', (_, change) => {
    const images = { done: { ...DATA.images.done, ...change } };
    expect(() => Lock.parse(stringify({ ...DATA, images }))).toThrow();
    expect(() => Lock.parse(stringify(DATA))).not.toThrow();
  });

  it('of this repository is valid, and its images all have a registry host', () => {
    const references = Object.values(realLock().data.images).map(imageReference);
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((text) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\//.test(text))).toEqual([]);
  });
});
