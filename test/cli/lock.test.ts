import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Lock } from '../../constructs';
import { resolveDigests, unresolved } from '../../cli/lock';
import { loginsOf, type RegistryClient } from '../../cli/registry';

const REAL = readFileSync(join(__dirname, '../../versions.lock.yaml'), 'utf8');
const hex = (n: number): string => n.toString(16).padStart(64, '0');
const TEXT = `# Head comment
images:
  done: # stays
    ref: r.example.org/done
    tag: "1"
    digest: { resolved: sha256:${hex(1)}, from: elsewhere }
    licence: MIT
    source: https://example.org
  open:
    ref: r.example.org/open
    tag: "2.0"
    digest: { unresolved: not pushed yet } # why
    licence: MIT
    source: images/open/Containerfile
  block:
    ref: r.example.org/block
    tag: 3
    digest:
      unresolved: not pushed yet

    # before licence
    licence: MIT
    source: https://example.org
charts: {}
software: {}
`;

/** Answers from a table; what is not in it does not exist. The real protocol is tested in test/e2e/registry.test.ts. */
function table(digests: Readonly<Record<string, string>>, asked: string[] = []): RegistryClient {
  return {
    digestOf(ref, tag) {
      asked.push(`${ref}:${tag}`);
      const digest = digests[ref];
      return digest === undefined
        ? Promise.reject(new Error(`https://${ref} does not exist`))
        : Promise.resolve({ digest, from: `https://${ref}` });
    },
  };
}
const text = TEXT.replace('tag: 3', 'tag: "3"');
const both = { 'r.example.org/open': `sha256:${hex(2)}`, 'r.example.org/block': `sha256:${hex(3)}` };

describe('unresolved digests', () => {
  it('are listed by name, with image and reason', () => {
    expect(unresolved(Lock.parse(text).data)).toEqual([
      { name: 'block', image: 'r.example.org/block:3', reason: 'not pushed yet' },
      { name: 'open', image: 'r.example.org/open:2.0', reason: 'not pushed yet' },
    ]);
  });
});

describe('resolving digests', () => {
  it('writes where each was found and leaves every other byte, comments included', async () => {
    const { text: after, resolved, failures } = await resolveDigests(text, table(both));
    expect(after).toBe(
      text
        .replace(
          '{ unresolved: not pushed yet } # why',
          `{ resolved: sha256:${hex(2)}, from: https://r.example.org/open } # why`,
        )
        .replace(
          'unresolved: not pushed yet\n\n',
          `{ resolved: sha256:${hex(3)}, from: https://r.example.org/block }\n\n`,
        ),
    );
    expect([resolved, failures]).toEqual([['block', 'open'], []]);
    expect(unresolved(Lock.parse(after).data)).toEqual([]);
  });

  it('asks for unresolved pins only, so that a second run asks and changes nothing', async () => {
    const asked: string[] = [];
    const first = await resolveDigests(text, table(both, asked));
    expect(asked).toEqual(['r.example.org/block:3', 'r.example.org/open:2.0']);
    const second = await resolveDigests(first.text, table(both, asked));
    expect(asked).toHaveLength(2);
    expect(second).toEqual({ text: first.text, resolved: [], failures: [] });
  });

  it('reports every failure at once, with line and way out, and keeps what was found', async () => {
    const { failures } = await resolveDigests(text, table({}));
    expect(failures).toEqual([
      expect.objectContaining({
        path: 'images.block',
        line: 15,
        found: 'https://r.example.org/block does not exist',
        fix: 'mend ref or tag, or log in to the registry, then run this again',
      }),
      expect.objectContaining({
        path: 'images.open',
        line: 9,
        fix: 'build images/open/Containerfile and push it, then run this again',
      }),
    ]);
    const partly = await resolveDigests(text, table({ 'r.example.org/open': `sha256:${hex(2)}` }));
    expect(partly.resolved).toEqual(['open']);
    expect(partly.failures.map(({ path }) => path)).toEqual(['images.block']);
    expect(unresolved(Lock.parse(partly.text).data).map(({ name }) => name)).toEqual(['block']);
  });

  it('never writes what is no digest', async () => {
    await expect(
      resolveDigests(text, table({ ...both, 'r.example.org/open': 'sha256:short' })),
    ).rejects.toThrow();
  });

  it('says what it asks for', async () => {
    const lines: string[] = [];
    await resolveDigests(text, table(both), (line) => lines.push(line));
    expect(lines).toEqual(['asking for r.example.org/block:3', 'asking for r.example.org/open:2.0']);
  });

  it('changes only digest lines of the real pin file', async () => {
    const all = Object.values(Lock.parse(REAL).data.images);
    const { text: after } = await resolveDigests(
      REAL,
      table(Object.fromEntries(all.map(({ ref }) => [ref, `sha256:${hex(7)}`]))),
    );
    const changed = after.split('\n').filter((line, i) => line !== REAL.split('\n')[i]);
    expect(after.split('\n')).toHaveLength(REAL.split('\n').length);
    expect(changed.length).toBe(unresolved(Lock.parse(REAL).data).length);
    expect(changed.every((line) => line.trimStart().startsWith('digest: { resolved: sha256:'))).toBe(true);
  });
});

describe('logins', () => {
  const auth = (text: string): string => Buffer.from(text).toString('base64');
  it('are read from the file that docker and podman keep, by registry host', () => {
    const config = {
      auths: {
        'harbor.example.org': { auth: auth('robot$ai:pass:word') },
        'https://index.docker.io/v1/': { auth: auth('me:x') },
        'helper.example.org': {},
      },
    };
    expect([...loginsOf(JSON.stringify(config))]).toEqual([
      ['harbor.example.org', { username: 'robot$ai', password: 'pass:word' }],
      ['registry-1.docker.io', { username: 'me', password: 'x' }],
    ]);
  });

  it('may be absent', () => {
    expect(loginsOf('{}').size).toBe(0);
  });
});
