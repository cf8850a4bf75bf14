import { userInfo } from 'node:os';
import { join } from 'node:path';

import { type Daemon } from '../local/processes';
import { pythonFolder } from './config';
import { type Service, type ServiceSpec } from './services';
import { type Layout, type Settings } from './settings';

/** Debian's interpreter by its path: another one earlier on PATH has none of Debian's modules. */
export const PYTHON = '/usr/bin/python3';

/** Environment of every program: nothing of the caller's shell, so that a stray OS_* or proxy variable changes nothing. */
export function programEnv(layout: Layout): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    HOME: layout.root,
    XDG_CACHE_HOME: join(layout.root, 'cache'),
    PYTHONPATH: pythonFolder(),
    PYTHONNOUSERSITE: '1',
    // The modules are read from the checkout, which must stay clean.
    PYTHONDONTWRITEBYTECODE: '1',
    TESTBED_STATE: layout.root,
  };
}

/** The database daemon. It is thrown away with its folder: no durability, no network, only a socket. */
export function databaseDaemon(layout: Layout): Daemon {
  const args = [
    '--no-defaults',
    `--user=${userInfo().username}`,
    `--datadir=${layout.db}`,
    `--socket=${layout.socket}`,
    `--pid-file=${join(layout.run, 'mariadbd.pid')}`,
    `--log-error=${join(layout.log, 'db.log')}`,
    ...DATABASE_OPTIONS,
  ];
  return { name: 'db', command: 'mariadbd', args, env: programEnv(layout), log: join(layout.log, 'db.out') };
}

/** Options of the database that do not depend on the folder. */
export const DATABASE_OPTIONS: readonly string[] = [
  '--skip-networking',
  '--skip-log-bin',
  '--performance-schema=OFF',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-flush-method=nosync',
  '--innodb-buffer-pool-size=128M',
  '--innodb-log-file-size=48M',
  '--max-connections=500',
  '--character-set-server=utf8mb3',
  '--collation-server=utf8mb3_general_ci',
];

/** The daemon of one service. */
export function serviceDaemon(service: ServiceSpec, layout: Layout, settings: Settings): Daemon {
  const program = programOf(service.name, layout, settings.ports[service.name]);
  return {
    name: service.name,
    command: program.command,
    args: program.args,
    env: { ...programEnv(layout), ...program.env },
    log: join(layout.log, `${service.name}.out`),
  };
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

function programOf(name: Service, layout: Layout, port: number): Program {
  const config = join(layout.etc, `${name}.conf`);
  switch (name) {
    case 'keystone':
      return { ...wsgi(name, port), env: { OS_KEYSTONE_CONFIG_FILES: config } };
    case 'placement':
      return { ...wsgi(name, port), env: { OS_PLACEMENT_CONFIG_DIR: layout.etc } };
    case 'octavia':
    case 'barbican':
      return wsgi(name, port);
    case 'glance':
      return {
        command: PYTHON,
        args: ['-m', 'testbed.call', 'glance.cmd.api:main', '--config-file', config],
      };
    case 'neutron':
    case 'nova':
    case 'cinder':
      return { command: PYTHON, args: ['-m', `testbed.${name}_server`, '--config-file', config] };
  }
}

const THREADS = 8;

/** A WSGI application in one uWSGI process. uWSGI does not keep connections open and has to say so to its clients. */
function wsgi(name: Service, port: number): Program {
  const options = {
    plugin: 'python3',
    'http-socket': `127.0.0.1:${port}`,
    module: `testbed.wsgi_${name}:application`,
    threads: String(THREADS),
    processes: '1',
    listen: '64',
    'add-header': 'Connection: close',
    'post-buffering': '65536',
    'buffer-size': '65535',
    pythonpath: pythonFolder(),
    procname: `testbed-${name}`,
  };
  const flags = ['--need-app', '--enable-threads', '--die-on-term', '--disable-logging'];
  return {
    command: 'uwsgi',
    args: [...flags, ...Object.entries(options).flatMap(([key, value]) => [`--${key}`, value])],
  };
}
