import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { compareTree, recoverTree, writeTree } from '../../cli/tree';

const ROOT = join(__dirname, '..', '..');
const REGISTER = join(ROOT, 'test', 'typescript.cjs');
const MODULE = join(ROOT, 'cli', 'tree.ts');

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tree-'));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function read(dir: string): Map<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  return new Map(
    files
      .map((e) => join(e.parentPath, e.name))
      .sort()
      .map((path) => [path.slice(dir.length + 1), readFileSync(path, 'utf8')]),
  );
}

const OLD = new Map([
  ['hub/Service.hub.hub.yaml', 'old\n'],
  ['kueue/ClusterQueue.t4.yaml', 'same\n'],
  ['gone/ConfigMap.x.y.yaml', 'gone\n'],
]);
const NEW = new Map([
  ['hub/Service.hub.hub.yaml', 'new\n'],
  ['kueue/ClusterQueue.t4.yaml', 'same\n'],
  ['vkd/Deployment.vkd.vkd.yaml', 'added\n'],
]);

describe('writing a tree', () => {
  it('makes the folder hold exactly the tree and says what changed', () => {
    const dir = join(base, 'charts-out', 'lab');
    expect(writeTree(dir, OLD).added).toEqual([...OLD.keys()].sort());
    expect(writeTree(dir, NEW)).toEqual({
      added: ['vkd/Deployment.vkd.vkd.yaml'],
      changed: ['hub/Service.hub.hub.yaml'],
      removed: ['gone/ConfigMap.x.y.yaml'],
    });
    expect(read(dir)).toEqual(NEW);
    expect(readdirSync(join(base, 'charts-out'))).toEqual(['lab']);
  });

  it('removes stale files, stale folders and files nobody rendered', () => {
    const dir = join(base, 'lab');
    writeTree(dir, OLD);
    mkdirSync(join(dir, 'empty', 'deeper'), { recursive: true });
    writeFileSync(join(dir, 'hub', 'by-hand.yaml'), 'x');
    expect(writeTree(dir, OLD).removed).toEqual(['hub/by-hand.yaml']);
    expect(readdirSync(dir).sort()).toEqual(['gone', 'hub', 'kueue']);
    mkdirSync(join(dir, 'empty'));
    writeTree(dir, OLD);
    expect(existsSync(join(dir, 'empty'))).toBe(false);
  });

  it('does not touch a folder that is already as wanted', () => {
    const dir = join(base, 'lab');
    writeTree(dir, OLD);
    const before = statSync(dir).ino;
    expect(writeTree(dir, OLD)).toEqual({ added: [], changed: [], removed: [] });
    expect(statSync(dir).ino).toBe(before);
  });

  it('gives files 0644 and folders 0755 under any umask, and mends other modes', () => {
    const dir = join(base, 'lab');
    const before = process.umask(0o077);
    try {
      writeTree(dir, OLD);
    } finally {
      process.umask(before);
    }
    const modes = (): number[] =>
      [dir, join(dir, 'hub'), join(dir, 'hub/Service.hub.hub.yaml')].map((p) => statSync(p).mode & 0o777);
    expect(modes()).toEqual([0o755, 0o755, 0o644]);
    chmodSync(join(dir, 'hub/Service.hub.hub.yaml'), 0o600);
    writeTree(dir, OLD);
    expect(modes()).toEqual([0o755, 0o755, 0o644]);
  });

  it.each(['../escape.yaml', '/etc/escape.yaml', 'a/../../escape.yaml', 'a//b.yaml', './a.yaml', ''])(
    'refuses the path %j and writes nothing',
    (path) => {
      const dir = join(base, 'lab');
      expect(() => writeTree(dir, new Map([[path, 'x']]))).toThrow('is not a path below the folder');
      expect(readdirSync(base)).toEqual([]);
    },
  );

  it('compares without writing', () => {
    const dir = join(base, 'lab');
    expect(compareTree(dir, OLD).added).toHaveLength(3);
    expect(existsSync(dir)).toBe(false);
  });

  it('reaches any tree from any other tree', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc
      .tuple(name, fc.constantFrom('x.yaml', 'y.yaml', 'è.yaml'))
      .map((parts) => parts.join('/'));
    const tree = fc.dictionary(
      path,
      fc.string({ unit: 'binary' }).map((s) => s.replaceAll(/[\ud800-\udfff]/g, '')),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(tree, tree, (first, second) => {
        const dir = mkdtempSync(join(base, 'p-'));
        writeTree(dir, new Map(Object.entries(first)));
        writeTree(dir, new Map(Object.entries(second)));
        expect(read(dir)).toEqual(new Map(Object.entries(second).sort(([a], [b]) => (a < b ? -1 : 1))));
      }),
      { numRuns: 40 },
    );
  });
});

describe('faults while writing', () => {
  it('keeps the old tree whole when the disk fills up', () => {
    const script = `
      const { writeTree } = require(${JSON.stringify(MODULE)});
      const { readFileSync, readdirSync } = require('node:fs');
      writeTree('disk/lab', new Map([['hub/a.yaml', 'old\\n']]));
      let message = '';
      try { writeTree('disk/lab', new Map([['hub/a.yaml', 'new\\n'], ['hub/b.yaml', 'x'.repeat(200000)]])); }
      catch (error) { message = error.message; }
      console.log(JSON.stringify({ message, beside: readdirSync('disk'), files: readdirSync('disk/lab/hub'), text: readFileSync('disk/lab/hub/a.yaml', 'utf8') }));`;
    mkdirSync(join(base, 'disk'));
    // A real file system of 64 KiB in a mount namespace of its own, which goes with the process.
    const mount = `mount -t tmpfs -o size=64k tmpfs disk && exec "$0" -r "$1" -e "$2"`;
    const run = spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', mount, process.execPath, REGISTER, script],
      {
        cwd: base,
        encoding: 'utf8',
      },
    );
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual({
      message: 'cannot write disk/lab: no space left on the disk; what was there is unchanged',
      beside: ['lab'],
      files: ['a.yaml'],
      text: 'old\n',
    });
  });

  it('leaves a whole tree when the process is killed at any moment', async () => {
    const dir = join(base, 'lab');
    const trees = ['1', '2'].map(
      (mark) => new Map(Array.from({ length: 30 }, (_, i) => [`c/${i}.yaml`, mark] as const)),
    );
    const script = `
      const { writeTree } = require(${JSON.stringify(MODULE)});
      const trees = ['1', '2'].map((mark) => new Map(Array.from({ length: 30 }, (_, i) => ['c/' + i + '.yaml', mark])));
      process.send('ready');
      for (let n = 0; ; n += 1) writeTree(process.argv[1], trees[n % 2]);`;
    writeTree(dir, trees[1] ?? OLD);
    for (let kill = 0; kill < 6; kill += 1) {
      const child = spawn(process.execPath, ['-r', REGISTER, '-e', script, dir], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      await once(child, 'message');
      await new Promise((done) => setTimeout(done, 5 + 17 * kill));
      child.kill('SIGKILL');
      await once(child, 'exit');
      recoverTree(dir);
      expect(trees).toContainEqual(read(dir));
      expect(readdirSync(base)).toEqual(['lab']);
    }
  });

  it('puts the old tree back after a kill between the two renames', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeTree(join(base, `.lab.old-${dead}`), OLD);
    writeTree(join(base, `.lab.new-${dead}`), NEW);
    recoverTree(join(base, 'lab'));
    expect(readdirSync(base)).toEqual(['lab']);
    expect(read(join(base, 'lab'))).toEqual(new Map([...OLD].sort(([a], [b]) => (a < b ? -1 : 1))));
  });

  it('leaves the half-written tree of a process that still runs, and of other sites', () => {
    const names = [`.lab.new-${process.ppid}`, '.lab-2.new-1', '.lab.notes'];
    for (const name of names) mkdirSync(join(base, name));
    writeTree(join(base, 'lab'), OLD);
    expect(readdirSync(base).sort()).toEqual([...names, 'lab'].sort());
  });

  it('says why when the place cannot be written at all', () => {
    writeFileSync(join(base, 'file'), '');
    expect(() => writeTree(join(base, 'file', 'lab'), OLD)).toThrow(/cannot write .*ENOTDIR.*unchanged/);
  });
});
