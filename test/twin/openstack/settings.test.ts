import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OPTIONAL_SERVICES, portsFrom } from '../../../twin/openstack/services';
import {
  checkStateDir,
  fernetKey,
  isStateDir,
  layoutOf,
  makeFolders,
  newSettings,
  readSettings,
  writePrivate,
} from '../../../twin/openstack/settings';

const mode = (file: string): number => statSync(file).mode & 0o777;

describe('a state folder', () => {
  let parent: string;
  let root: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'settings-'));
    root = join(parent, 'cloud');
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  it('can be made, and then is known as one', () => {
    const layout = layoutOf(root);
    checkStateDir(layout);
    expect(isStateDir(layout)).toBe(false);
    makeFolders(layout);
    expect(isStateDir(layout)).toBe(true);
    expect(() => {
      checkStateDir(layout);
    }).not.toThrow();
  });

  it('is open to its owner only, as it holds passwords and a database without one', () => {
    const layout = layoutOf(root);
    makeFolders(layout);
    for (const folder of [root, layout.etc, layout.run, layout.keys, join(layout.keys, 'fernet')])
      expect(mode(folder)).toBe(0o700);
  });

  it('may be an empty folder but not one that holds something else', () => {
    mkdirSync(root);
    checkStateDir(layoutOf(root));
    writeFileSync(join(root, 'thesis.tex'), '');
    expect(() => {
      checkStateDir(layoutOf(root));
    }).toThrow('holds something else than a local OpenStack');
    expect(readdirSync(root)).toEqual(['thesis.tex']);
  });

  it('is refused before anything is made when the path is too long for a socket', () => {
    const room = 107 - '/run/db.sock'.length;
    const fits = `/${'x'.repeat(room - 1)}`;
    expect(() => {
      checkStateDir(layoutOf(fits));
    }).not.toThrow();
    expect(() => {
      checkStateDir(layoutOf(`${fits}yyy`));
    }).toThrow('is 3 bytes too long');
    // A socket's path is counted in bytes, not in letters.
    expect(() => {
      checkStateDir(layoutOf(`/${'ü'.repeat(room - 1)}`));
    }).toThrow('too long');
  });

  it('has no settings before the first start', () => {
    expect(readSettings(layoutOf(root))).toBeUndefined();
  });

  it('keeps its settings', () => {
    const layout = layoutOf(root);
    makeFolders(layout);
    const settings = newSettings('lab', OPTIONAL_SERVICES, portsFrom(9000));
    writePrivate(layout.settings, JSON.stringify(settings));
    expect(readSettings(layout)).toEqual(settings);
  });

  it('has passwords of its own', () => {
    const passwords = [1, 2].flatMap(() => Object.values(newSettings('lab', [], portsFrom(9000)).passwords));
    expect(new Set(passwords).size).toBe(6);
    for (const password of passwords) expect(password).toMatch(/^[-\w]{24}$/);
  });

  it('has keys in the form keystone and barbican read', () => {
    const key = fernetKey();
    expect(key).toMatch(/^[-\w]{43}=$/);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(fernetKey()).not.toBe(key);
  });
});

describe('writePrivate', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'private-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('writes for the owner only and tells whether something has changed', () => {
    const file = join(folder, 'nova.conf');
    expect(writePrivate(file, 'a')).toBe(true);
    expect(mode(file)).toBe(0o600);
    expect(writePrivate(file, 'a')).toBe(false);
    expect(writePrivate(file, 'b')).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('b');
  });

  it('leaves no draft behind', () => {
    writePrivate(join(folder, 'x'), 'a');
    expect(readdirSync(folder)).toEqual(['x']);
    expect(existsSync(join(folder, 'x.new'))).toBe(false);
  });
});
