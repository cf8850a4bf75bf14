import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { imageNames, imageSource, inputsKey, stage } from '../../../twin/images/inputs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inputs-'));
  write('images/base/Containerfile', 'FROM scratch\n');
  write('images/a/Containerfile', 'FROM x\n');
  write('images/a/bin/run.sh', '#!/bin/sh\n', 0o755);
  write('images/README.md', '');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}
const key = (extras: readonly string[] = []): string => inputsKey(imageSource(root, 'a'), extras);

describe('imageNames', () => {
  it('lists the folders with a Containerfile, the base not among them', () => {
    write('images/notes/README.md', '');
    write('images/0/Containerfile', '');
    expect(imageNames(root)).toEqual(['0', 'a']);
  });
});

describe('imageSource', () => {
  it('reads the folder of the image as its context', () => {
    const { files, containerfile } = imageSource(root, 'a');
    expect(containerfile).toBe('Containerfile');
    expect(files.map(({ path, kind }) => [path, kind])).toEqual([
      ['Containerfile', 'file'],
      ['bin/run.sh', 'program'],
    ]);
  });

  it('takes the paths of the checkout that a context list names', () => {
    write('images/a/context', '# what is compiled\nimages/a\n\ndist/services/a\n');
    write('dist/services/a/main.js', 'x');
    write('dist/services/b/main.js', 'x');
    const { files, containerfile } = imageSource(root, 'a');
    expect(containerfile).toBe('images/a/Containerfile');
    expect(files.map(({ path }) => path)).toEqual([
      'images/a/Containerfile',
      'images/a/bin/run.sh',
      'images/a/context',
      'dist/services/a/main.js',
    ]);
  });

  it('says what of a context does not exist yet and how it is made', () => {
    write('images/a/context', 'images/a\ndist/services/a\ndist/services/b\n');
    expect(() => imageSource(root, 'a')).toThrow(
      "image 'a' is built from dist/services/a, dist/services/b (images/a/context), which does not exist yet: run npm run build",
    );
  });

  it.each(['nothing', '../images/a', 'A', ''])("refuses the name '%s' and lists what there is", (name) => {
    expect(() => imageSource(root, name)).toThrow(/there is no image '.*'.*; there are: a$/);
  });
});

describe('inputsKey', () => {
  it('stays under other times and modes that Git does not know', () => {
    const before = key(['x']);
    utimesSync(join(root, 'images/a/Containerfile'), 1, 1);
    chmodSync(join(root, 'images/a/Containerfile'), 0o600);
    expect(key(['x'])).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each<[string, () => void]>([
    [
      'one byte',
      () => {
        write('images/a/bin/run.sh', '#!/bin/sh\n\n');
      },
    ],
    [
      'a name',
      () => {
        write('images/a/bin/more.sh', '');
      },
    ],
    [
      'the right to execute',
      () => {
        chmodSync(join(root, 'images/a/bin/run.sh'), 0o644);
      },
    ],
    [
      'a link instead of a file',
      () => {
        rmSync(join(root, 'images/a/bin/run.sh'));
        symlinkSync('#!/bin/sh\n', join(root, 'images/a/bin/run.sh'));
      },
    ],
  ])('changes with %s', (_, change) => {
    const before = key();
    change();
    expect(key()).not.toBe(before);
  });

  it('changes with every input that is no file', () => {
    expect(new Set([key(), key(['a']), key(['b']), key(['a', 'b']), key(['b', 'a'])]).size).toBe(5);
  });
});

describe('stage', () => {
  it('writes the same modes under any umask and keeps links', () => {
    symlinkSync('run.sh', join(root, 'images/a/bin/go.sh'));
    const before = process.umask(0o077);
    try {
      stage(imageSource(root, 'a').files, join(root, 'out'));
    } finally {
      // Setting the old value tells the one that staging left.
      expect(process.umask(before)).toBe(0o077);
    }
    const mode = (path: string): number => statSync(join(root, 'out', path)).mode & 0o777;
    expect([mode('Containerfile'), mode('bin'), mode('bin/run.sh')]).toEqual([0o644, 0o755, 0o755]);
    expect(readlinkSync(join(root, 'out/bin/go.sh'))).toBe('run.sh');
    expect(readFileSync(join(root, 'out/bin/run.sh'), 'utf8')).toBe('#!/bin/sh\n');
  });
});
