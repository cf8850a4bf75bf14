import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Lock } from '../../../constructs';
import { checkoutRoot } from '../../../tools/programs';
import { CRD_SOURCES, parsePins } from '../../../twin/crds';

const read = (path: string): string => readFileSync(join(checkoutRoot(), path), 'utf8');
const PINS = parsePins(read('tools/crds/go.mod'), read('tools/crds/go.sum'));

describe('parsePins', () => {
  const sum = 'a.io/b v1.0.0 h1:x=\na.io/b v1.0.0/go.mod h1:y=\na.io/c/v2 v2.1.0 h1:z=\n';

  it('joins the block and the single line of go.mod with the checksums of the files, not of go.mod', () => {
    const mod = 'module tools/x\n\ngo 1.26.0\n\nrequire (\n\ta.io/b v1.0.0\n)\nrequire a.io/c/v2 v2.1.0\n';
    expect(parsePins(mod, sum)).toEqual([
      { path: 'a.io/b', version: 'v1.0.0', sum: 'h1:x=' },
      { path: 'a.io/c/v2', version: 'v2.1.0', sum: 'h1:z=' },
    ]);
  });

  it.each(['a.io/b v1.0.1', 'a.io/d v1.0.0'])('refuses %s, for which go.sum vouches not', (line) => {
    expect(() => parsePins(`require (\n\t${line}\n)\n`, sum)).toThrow(
      `no checksum of ${line.replace(' ', '@')}`,
    );
  });
});

describe("the pins of upstream's kinds", () => {
  it('are exactly those whose folder is known', () => {
    expect(PINS.map(({ path }) => path).sort()).toEqual(Object.keys(CRD_SOURCES).sort());
  });

  it.each(Object.entries(CRD_SOURCES))(
    '%s was looked up for the version that versions.lock.yaml names now',
    (_, { pin: [section, name], at }) => {
      const lock = Lock.parse(read('versions.lock.yaml'));
      expect(section === 'charts' ? lock.chart(name).version : lock.version(name)).toBe(at);
    },
  );

  it.each(Object.entries(CRD_SOURCES).filter(([, { why }]) => /same|one version/.test(why)))(
    '%s is pinned at that very version',
    (module, { at }) => {
      expect(PINS.find(({ path }) => path === module)?.version).toBe(`v${at.replace(/^v/, '')}`);
    },
  );
});
