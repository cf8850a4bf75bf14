import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { ProgramError } from '../local/errors';
import { isAlive, recorded, startDaemon, stopDaemon } from '../local/processes';
import { type Say } from '../local/progress';
import { run } from '../local/run';
import { DATABASE_OPTIONS, PYTHON, databaseDaemon, programEnv } from './programs';
import { type Service, type ServiceSpec } from './services';
import { type Layout } from './settings';

const execute = promisify(execFile);

/**
 * Databases of nova are found through two rows that hold their address. With these patterns nova takes user, socket and
 * options from its own configuration, so the rows are right in any state folder.
 */
const CELL = '{scheme}://{username}@{hostname}/{path}?{query}';
const CELL_ZERO = '{scheme}://{username}@{hostname}/nova_cell0?{query}';

/** Commands that bring the schema of each service to its newest form; services side by side, commands in order. */
export function schemaCommands(
  name: Service,
  etc: string,
  databaseUrl: (database: string) => string,
): readonly (readonly string[])[] {
  const config = ['--config-file', join(etc, `${name}.conf`)];
  const call = (entry: string, ...args: string[]): string[] => [PYTHON, '-m', 'testbed.call', entry, ...args];
  const nova = (...args: string[]): string[] => call('nova.cmd.manage:main', ...config, ...args);
  switch (name) {
    case 'keystone':
      return [['keystone-manage', ...config, 'db_sync']];
    case 'placement':
      return [['placement-manage', ...config, 'db', 'sync']];
    case 'glance':
      return [call('glance.cmd.manage:main', ...config, 'db_sync')];
    case 'neutron':
      return [call('neutron.db.migration.cli:main', ...config, 'upgrade', 'heads')];
    case 'nova':
      return [
        nova('api_db', 'sync'),
        nova('cell_v2', 'map_cell0', '--database_connection', CELL_ZERO),
        nova(
          'cell_v2',
          'create_cell',
          '--name',
          'cell1',
          '--transport-url',
          'fake://',
          '--database_connection',
          CELL,
        ),
        nova('db', 'sync'),
      ];
    case 'cinder':
      return [call('cinder.cmd.manage:main', ...config, 'db', 'sync')];
    case 'octavia':
      return [['octavia-db-manage', ...config, 'upgrade', 'head']];
    case 'barbican':
      return [call('barbican.cmd.db_manage:main', '--dburl', databaseUrl('barbican'), 'upgrade')];
  }
}

/** Key of the cached schemas: the same packages, configuration and commands make the same databases. */
export function schemaKey(
  templates: ReadonlyMap<string, string>,
  versions: ReadonlyMap<string, string>,
  services: readonly ServiceSpec[],
): string {
  const commands = services.map((s) => schemaCommands(s.name, '/etc', (d) => d));
  const content = [DATABASE_OPTIONS, [...templates], [...versions].sort(), services, commands];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

/** Starts the database daemon and waits until it answers. */
export async function startDatabase(layout: Layout): Promise<void> {
  const daemon = databaseDaemon(layout);
  await startDaemon(layout.run, daemon);
  const logs = [daemon.log, join(layout.log, 'db.log')];
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await answers(layout)) return;
    if (!isAlive(recorded(layout.run, 'db'))) throw new ProgramError('the database ended at its start', logs);
    await sleep(100);
  }
  throw new ProgramError('the database does not answer after 60 s', logs);
}

async function answers(layout: Layout): Promise<boolean> {
  return sql(layout, 'select 1').then(
    () => true,
    () => false,
  );
}

async function sql(layout: Layout, statement: string): Promise<void> {
  await execute('mariadb', ['--no-defaults', '-uroot', '-S', layout.socket, '-e', statement]);
}

/** What a database folder is made from. */
export interface SchemaInput {
  readonly layout: Layout;
  readonly services: readonly ServiceSpec[];
  /** Folder of the cache that holds one folder of databases per key. */
  readonly cache: string;
  readonly key: string;
  readonly say: Say;
}

/**
 * Makes the databases with empty, complete schemas: from the cache, or by running every migration once and filling the
 * cache. The cached copy holds no account and no secret. A folder left by an interrupted run is made anew.
 */
export async function prepareDatabase(input: SchemaInput): Promise<void> {
  const { layout, cache, key, say } = input;
  if (existsSync(layout.schemaReady) && existsSync(layout.db)) return;
  await stopDaemon(layout.run, 'db');
  for (const stale of [layout.identityReady, layout.db]) rmSync(stale, { recursive: true, force: true });
  const cached = join(cache, key);
  if (existsSync(cached)) {
    say('databases from the cache');
    cpSync(cached, layout.db, { recursive: true });
    utimesSync(cached, new Date(), new Date());
  } else {
    await migrate(input);
    await store(input, cached);
  }
  writeFileSync(layout.schemaReady, `${key}\n`);
}

async function migrate({ layout, services, say }: SchemaInput): Promise<void> {
  say('making the databases, about half a minute, once for these package versions');
  const user = `--user=${userInfo().username}`;
  const args = [
    '--no-defaults',
    user,
    `--datadir=${layout.db}`,
    '--skip-test-db',
    '--auth-root-authentication-method=normal',
  ];
  mkdirSync(layout.db, { recursive: true, mode: 0o700 });
  await run({
    command: 'mariadb-install-db',
    args,
    env: programEnv(layout),
    log: join(layout.log, 'db-install.out'),
    tied: true,
  });
  await startDatabase(layout);
  await sql(
    layout,
    services
      .flatMap((s) => s.databases)
      .map((d) => `create database ${d} character set utf8mb3;`)
      .join(' '),
  );
  await Promise.all(services.map((service) => migrateService(service, layout, say)));
}

async function migrateService(service: ServiceSpec, layout: Layout, say: Say): Promise<void> {
  const url = (database: string): string =>
    `mysql+pymysql://root@localhost/${database}?charset=utf8&unix_socket=${layout.socket}`;
  const log = join(layout.log, `schema-${service.name}.out`);
  for (const [command = '', ...args] of schemaCommands(service.name, layout.etc, url)) {
    await run({ command, args, env: programEnv(layout), log, tied: true });
  }
  say(`schema of ${service.name} made`);
}

/** Entries of the cache to keep; each takes about 200 MB. */
const KEEP = 3;

async function store({ layout, cache, say }: SchemaInput, cached: string): Promise<void> {
  await stopDaemon(layout.run, 'db');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const draft = `${cached}.${process.pid}.new`;
  try {
    cpSync(layout.db, draft, { recursive: true });
    if (!existsSync(cached)) renameSync(draft, cached);
  } finally {
    rmSync(draft, { recursive: true, force: true }); // another run was faster, or the disk is full
  }
  for (const old of oldEntries(cache)) rmSync(old, { recursive: true, force: true });
  say('databases stored in the cache');
}

function oldEntries(cache: string): string[] {
  const entries = readdirSync(cache).map((name) => join(cache, name));
  const age = new Map(entries.map((entry) => [entry, statSync(entry).mtimeMs]));
  return entries.sort((a, b) => (age.get(b) ?? 0) - (age.get(a) ?? 0)).slice(KEEP);
}
