import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { UserError } from '../../constructs/core/errors';
import { type OptionalService, type Ports } from './services';

/** Region of the local cloud, as most single-region clouds name it. */
export const REGION = 'RegionOne';
/** Account the services themselves use. */
export const SERVICE_USER = 'svc';

/** What a state folder keeps from one start to the next. Holds passwords: mode 0600. */
export interface Settings {
  readonly version: 1;
  /** Entry of clouds.yaml, project and user of the ordinary account. */
  readonly cloudName: string;
  readonly services: readonly OptionalService[];
  readonly ports: Ports;
  readonly passwords: { readonly admin: string; readonly service: string; readonly member: string };
  /** Key that encrypts barbican's keys. */
  readonly keyEncryptionKey: string;
}

/** The folders of one cloud's state. */
export interface Layout {
  readonly root: string;
  readonly etc: string;
  readonly log: string;
  readonly run: string;
  readonly db: string;
  readonly socket: string;
  readonly images: string;
  readonly keys: string;
  readonly data: string;
  readonly settings: string;
  readonly clouds: string;
  /** Exists when the schemas of the databases are complete. */
  readonly schemaReady: string;
  /** Exists when keystone has its administrator. */
  readonly identityReady: string;
}

/** Where everything of a state folder is. */
export function layoutOf(root: string): Layout {
  const at = (...parts: string[]): string => join(root, ...parts);
  return {
    root,
    etc: at('etc'),
    log: at('log'),
    run: at('run'),
    db: at('db'),
    socket: at('run', 'db.sock'),
    images: at('images'),
    keys: at('keys'),
    data: at('data'),
    settings: at('state.json'),
    clouds: at('clouds.yaml'),
    schemaReady: at('run', 'schema.ready'),
    identityReady: at('run', 'identity.ready'),
  };
}

/** Longest path a unix socket may have (sun_path of 108 bytes with its end mark, unix(7)). */
const SOCKET_PATH_BYTES = 107;

/**
 * Refuses a state folder that cannot work: a path too long for the database's socket, or a folder of something else.
 *
 * @throws UserError
 */
export function checkStateDir(layout: Layout): void {
  const length = Buffer.byteLength(layout.socket);
  if (length > SOCKET_PATH_BYTES) {
    const excess = length - SOCKET_PATH_BYTES;
    throw new UserError(
      `the state folder's path is ${excess} bytes too long for the database's socket: ${layout.root}`,
    );
  }
  const strange = existsSync(layout.root) && readdirSync(layout.root).length > 0 && !isStateDir(layout);
  if (strange)
    throw new UserError(`${layout.root} holds something else than a local OpenStack: choose another folder`);
}

/** True if the folder was made by this program; only such a folder is ever removed. */
export function isStateDir(layout: Layout): boolean {
  return existsSync(layout.settings) || existsSync(join(layout.root, MARK));
}

const MARK = '.aiinfn-openstack';

/** Makes the folders, readable by their owner only: configuration files hold passwords, the database has none. */
export function makeFolders(layout: Layout): void {
  mkdirSync(layout.root, { recursive: true, mode: 0o700 });
  writeFileSync(join(layout.root, MARK), 'state of a local OpenStack\n');
  const data = ['nova', 'neutron', 'cinder', 'staging', 'tasks'].map((name) => join(layout.data, name));
  const keys = ['fernet', 'credential'].map((name) => join(layout.keys, name));
  const rest = [
    layout.etc,
    layout.log,
    layout.run,
    layout.images,
    join(layout.root, 'lock'),
    join(layout.root, 'cache'),
  ];
  for (const folder of [...rest, ...data, ...keys]) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Settings of an existing state folder; undefined for a new one. */
export function readSettings(layout: Layout): Settings | undefined {
  if (!existsSync(layout.settings)) return undefined;
  return JSON.parse(readFileSync(layout.settings, 'utf8')) as Settings;
}

/** Settings of a new state folder, with passwords of 144 random bits. */
export function newSettings(cloudName: string, services: readonly OptionalService[], ports: Ports): Settings {
  const password = (): string => randomBytes(18).toString('base64url');
  return {
    version: 1,
    cloudName,
    services,
    ports,
    passwords: { admin: password(), service: password(), member: password() },
    keyEncryptionKey: fernetKey(),
  };
}

/** A key in the form of the Fernet specification: 32 random bytes in URL-safe base64. */
export function fernetKey(): string {
  return `${randomBytes(32).toString('base64url')}=`;
}

/** Writes a file that only its owner may read, complete or not at all. True if the content differs from before. */
export function writePrivate(file: string, content: string): boolean {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return false;
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return true;
}
