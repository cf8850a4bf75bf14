import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sha256 } from '../../../twin/images/inputs';
import { readLayout } from '../../../twin/images/layout';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layout-'));
  mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const blobFile = (digest: string): string => join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));

function blob(mediaType: string, text: string): { mediaType: string; digest: string; size: number } {
  const digest = `sha256:${sha256(text)}`;
  writeFileSync(blobFile(digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

/** A layout with one image of one layer. */
function layout(): { manifest: string; layer: string; config: string; size: number } {
  const config = blob('application/vnd.oci.image.config.v1+json', '{}');
  const layer = blob('application/vnd.oci.image.layer.v1.tar+gzip', 'layer');
  const manifest = blob(
    'application/vnd.oci.image.manifest.v1+json',
    JSON.stringify({ schemaVersion: 2, config, layers: [layer] }),
  );
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return {
    manifest: manifest.digest,
    layer: layer.digest,
    config: config.digest,
    size: config.size + layer.size + manifest.size,
  };
}

describe('readLayout', () => {
  it('gives the digest of the manifest, the layers and the bytes that a pull transfers', () => {
    const { manifest, layer, size } = layout();
    expect(readLayout(folder)).toEqual({ digest: manifest, layers: [layer], size });
  });

  it.each(['manifest', 'config'] as const)(
    'refuses a %s whose bytes are not what its digest says',
    (part) => {
      const digest = layout()[part];
      const text = part === 'config' ? '[]' : 'x'.repeat(layout().size);
      writeFileSync(blobFile(digest), text);
      expect(() => readLayout(folder)).toThrow(/has (other bytes|\d+ bytes instead of \d+)/);
    },
  );

  it('refuses a manifest of the right length with another content', () => {
    const { config } = layout();
    writeFileSync(blobFile(config), '[]');
    expect(() => readLayout(folder)).toThrow(`${config} has other bytes`);
  });

  it('refuses an image of which a layer is missing', () => {
    const { layer } = layout();
    rmSync(blobFile(layer));
    expect(() => readLayout(folder)).toThrow(`${layer} has no bytes instead of 5`);
  });

  it('refuses an index of several images, of which none is the one meant', () => {
    layout();
    writeFileSync(join(folder, 'index.json'), '{"manifests":[]}');
    expect(() => readLayout(folder)).toThrow('manifests');
  });
});
