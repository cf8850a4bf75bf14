import { existsSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { UserError } from '../../constructs/core/errors';
import { ProgramError } from '../local/errors';
import { withLock } from '../local/lock';
import { installOf, installedVersions, missingOf } from '../local/packages';
import { isAlive, recorded, residentMiB, startDaemon, stopDaemon } from '../local/processes';
import { type OnProgress, type Say, stopwatch } from '../local/progress';
import { cloudsYaml, configFiles, readTemplates, serviceOfFile } from './config';
import { type CloudContent, DEFAULT_CONTENT, seedContent, waitForCapacity } from './content';
import { prepareDatabase, schemaKey, startDatabase } from './database';
import { type Hosts, type HostsJson, parseHosts } from './hosts';
import { authUrl, bootstrapIdentity, loginAsAdmin, makeKeys, seedIdentity } from './identity';
import { type PortChoice, choosePorts } from './ports';
import { serviceDaemon } from './programs';
import {
  OPTIONAL_SERVICES,
  type OptionalService,
  type Service,
  type ServiceSpec,
  packagesOf,
  selectServices,
} from './services';
import {
  type Layout,
  type Settings,
  checkStateDir,
  isStateDir,
  layoutOf,
  makeFolders,
  newSettings,
  readSettings,
  writePrivate,
} from './settings';

/** What to start. */
export interface OpenStackOptions {
  /** Folder of everything this cloud writes; its path must leave room for a unix socket (about 95 bytes). */
  readonly stateDir: string;
  readonly hosts: HostsJson;
  /** Entry of clouds.yaml for the ordinary account, as `cloud.name` of the site says. Default `lab`. */
  readonly cloudName?: string;
  /** Default `free`, so that several clouds run side by side. */
  readonly ports?: PortChoice;
  /** Default all; fewer start faster. */
  readonly services?: readonly OptionalService[];
  /** What the cloud holds; parts that are absent are those of DEFAULT_CONTENT. */
  readonly content?: Partial<CloudContent>;
  /** Folder of databases with empty schemas, shared by state folders. Default `~/.cache/aiinfn/openstack`. */
  readonly cacheDir?: string;
  readonly onProgress?: OnProgress;
}

/** A running local OpenStack. */
export interface OpenStackHandle {
  readonly stateDir: string;
  /** Entries `admin` and the cloud's own name. */
  readonly cloudsYaml: string;
  /** Environment for OpenStack clients, the provider included. */
  readonly env: { readonly OS_CLIENT_CONFIG_FILE: string; readonly OS_CLOUD: string };
  /** Address of every running service by name. */
  readonly endpoints: Readonly<Partial<Record<Service, string>>>;
  /** Throws everything away that was made on the cloud and starts it anew with the same accounts and ports. */
  reset(): Promise<void>;
  /** Stops the services; the data stay. */
  stop(): Promise<void>;
}

/** Debian packages that are needed and not installed. */
export function missingPackages(services: readonly OptionalService[] = OPTIONAL_SERVICES): Promise<string[]> {
  return missingOf(packagesOf(selectServices(services)));
}

/** Installs the missing packages with apt, through sudo if not root; that is said before. Nothing is started. */
export function installPackages(
  log: string,
  onProgress?: OnProgress,
  services: readonly OptionalService[] = OPTIONAL_SERVICES,
): Promise<void> {
  return installOf(packagesOf(selectServices(services)), log, onProgress);
}

/**
 * Starts a local OpenStack, or completes one that runs in part; a running one with the same configuration is only
 * checked. A service whose configuration has changed is restarted.
 *
 * @throws UserError if packages are missing, a port is taken or the folder cannot be used; ProgramError with the end of
 * its log if a service does not start.
 */
export async function startOpenStack(options: OpenStackOptions): Promise<OpenStackHandle> {
  const layout = layoutOf(resolve(options.stateDir));
  const hosts = parseHosts(options.hosts);
  checkStateDir(layout);
  const services = selectServices(options.services ?? OPTIONAL_SERVICES);
  const missing = await missingOf(packagesOf(services));
  if (missing.length > 0) throw new UserError(`Debian packages are missing: ${missing.join(' ')}`);
  const settings = await locked(layout, () =>
    up({ options, layout, hosts, services, say: stopwatch(options.onProgress) }),
  );
  return handleOf(options, layout, settings, services);
}

/** Stops the services of a state folder; the data stay. Also after a manager that was killed. */
export async function stopOpenStack(stateDir: string): Promise<void> {
  const layout = layoutOf(resolve(stateDir));
  if (existsSync(layout.run)) await locked(layout, () => stopAll(layout));
}

/** Stops the services and removes the state folder; nothing is left. A folder of something else is refused. */
export async function destroyOpenStack(stateDir: string): Promise<void> {
  const layout = layoutOf(resolve(stateDir));
  if (!existsSync(layout.root)) return;
  if (!isStateDir(layout))
    throw new UserError(`${layout.root} is not the state of a local OpenStack: left alone`);
  await locked(layout, async () => {
    await stopAll(layout);
    rmSync(layout.root, { recursive: true, force: true });
  });
}

/** One program of a local OpenStack. */
export interface ProgramStatus {
  readonly name: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly port?: number;
  readonly residentMiB: number;
}

/** State of a local OpenStack as its processes show it. */
export interface OpenStackStatus {
  readonly state: 'absent' | 'stopped' | 'partial' | 'running';
  readonly programs: readonly ProgramStatus[];
  readonly cloudsYaml?: string;
}

/** Looks at the recorded processes of a state folder; changes nothing. */
export function openStackStatus(stateDir: string): OpenStackStatus {
  const layout = layoutOf(resolve(stateDir));
  const settings = readSettings(layout);
  if (settings === undefined) return { state: 'absent', programs: [] };
  const names: readonly (Service | 'db')[] = ['db', ...selectServices(settings.services).map((s) => s.name)];
  const programs = names.map((name) => programStatus(layout, settings, name));
  const running = programs.filter((p) => p.running).length;
  const state = running === 0 ? 'stopped' : running < programs.length ? 'partial' : 'running';
  return { state, programs, cloudsYaml: layout.clouds };
}

function programStatus(layout: Layout, settings: Settings, name: Service | 'db'): ProgramStatus {
  const identity = recorded(layout.run, name);
  const running = isAlive(identity);
  return {
    name,
    running,
    residentMiB: residentMiB(identity),
    ...(running && identity ? { pid: identity.pid } : {}),
    ...(name === 'db' ? {} : { port: settings.ports[name] }),
  };
}

interface Run {
  readonly options: OpenStackOptions;
  readonly layout: Layout;
  readonly hosts: Hosts;
  readonly services: readonly ServiceSpec[];
  readonly say: Say;
}

const locked = <T>(layout: Layout, operation: () => Promise<T>): Promise<T> =>
  withLock(`${layout.root}.lock`, `the local OpenStack in ${layout.root}`, operation);

async function up(run: Run): Promise<Settings> {
  const { layout, options, services, say } = run;
  makeFolders(layout);
  const settings = await settle(run);
  await applyConfig(run, settings);
  await prepareDatabase({
    layout,
    services,
    say,
    cache: options.cacheDir ?? defaultCache(),
    key: await cacheKey(services),
  });
  await startDatabase(layout);
  makeKeys(layout);
  await startServices(run, settings);
  say('filling the cloud');
  const api = await loginAsAdmin(settings);
  await waitForCapacity(api, run.hosts, [join(layout.log, 'nova.log')]);
  await seedContent(api, { ...DEFAULT_CONTENT, ...options.content }, run.hosts, settings.cloudName);
  writePrivate(layout.clouds, cloudsYaml(settings));
  say('OpenStack is ready');
  return settings;
}

const defaultCache = (): string => join(homedir(), '.cache', 'aiinfn', 'openstack');

async function cacheKey(services: readonly ServiceSpec[]): Promise<string> {
  return schemaKey(readTemplates(), await installedVersions(packagesOf(services)), services);
}

/** Settings of this start, written before anything is started with them. */
async function settle({ layout, options, services }: Run): Promise<Settings> {
  const before = readSettings(layout);
  const cloudName = options.cloudName ?? 'lab';
  if (['admin', 'service'].includes(cloudName))
    throw new UserError(`the cloud cannot be called ${cloudName}: that project has another purpose`);
  const optional = OPTIONAL_SERVICES.filter((name) => services.some((s) => s.name === name));
  if (
    before !== undefined &&
    (before.cloudName !== cloudName || before.services.join() !== optional.join())
  ) {
    throw new UserError(
      `${layout.root} holds the cloud ${before.cloudName} with ${before.services.join(', ') || 'core services only'}: destroy it first, or choose another folder`,
    );
  }
  const ports = await choosePorts(layout, before, services, options.ports ?? 'free');
  const settings = before === undefined ? newSettings(cloudName, optional, ports) : { ...before, ports };
  writePrivate(layout.settings, JSON.stringify(settings, undefined, 2));
  return settings;
}

/** Writes the configuration; a running service whose files differ from before is stopped, to start with the new ones. */
async function applyConfig({ layout, hosts, services, say }: Run, settings: Settings): Promise<void> {
  const changed = new Set<string>();
  for (const [name, text] of configFiles(readTemplates(), { layout, settings, hosts, services })) {
    if (writePrivate(join(layout.etc, name), text)) changed.add(serviceOfFile(name));
  }
  for (const name of changed) {
    if (!isAlive(recorded(layout.run, name))) continue;
    say(`configuration of ${name} has changed: restarting it`);
    await stopDaemon(layout.run, name);
  }
}

/** Only nova waits for others: it writes its inventory into placement at its start, with a token of keystone. */
async function startServices(run: Run, settings: Settings): Promise<void> {
  const { layout, services, say } = run;
  const start = async (names: readonly Service[]): Promise<void> => {
    for (const spec of services.filter((s) => names.includes(s.name)))
      await startDaemon(layout.run, serviceDaemon(spec, layout, settings));
  };
  say('starting keystone and placement');
  await start(['keystone', 'placement', 'neutron']);
  await bootstrapIdentity(layout, settings);
  await answers(run, settings, 'keystone');
  say('declaring accounts and the catalogue');
  await seedIdentity(settings, services);
  await answers(run, settings, 'placement');
  say('starting the other services');
  await start(services.map((s) => s.name));
  for (const spec of services) await answers(run, settings, spec.name);
  say('every service answers');
}

const ANSWER_SECONDS = 180;

/** Waits until a service answers on its port, whatever the answer is. */
async function answers({ layout }: Run, settings: Settings, name: Service): Promise<void> {
  const logs = ['out', 'log'].map((suffix) => join(layout.log, `${name}.${suffix}`));
  const deadline = Date.now() + ANSWER_SECONDS * 1000;
  while (Date.now() < deadline) {
    if (!isAlive(recorded(layout.run, name))) throw new ProgramError(`${name} ended at its start`, logs);
    const request = fetch(`http://127.0.0.1:${settings.ports[name]}/`, { signal: AbortSignal.timeout(5000) });
    const reached = await request.then(
      (answer) => answer.text(),
      () => undefined,
    );
    if (reached !== undefined) return;
    await sleep(200);
  }
  throw new ProgramError(`${name} does not answer after ${ANSWER_SECONDS} s`, logs);
}

/** Services first, all at once, then the database they write to. */
async function stopAll(layout: Layout): Promise<void> {
  await Promise.all(selectServices(OPTIONAL_SERVICES).map((s) => stopDaemon(layout.run, s.name)));
  await stopDaemon(layout.run, 'db');
}

/** Puts the cloud back to what it was before anything was made on it; accounts and ports stay. */
async function wipe(layout: Layout): Promise<void> {
  await stopAll(layout);
  rmSync(layout.schemaReady, { force: true });
  for (const folder of [layout.images, layout.data]) rmSync(folder, { recursive: true, force: true });
}

function handleOf(
  options: OpenStackOptions,
  layout: Layout,
  settings: Settings,
  services: readonly ServiceSpec[],
): OpenStackHandle {
  const endpoints = services.map((s) => [
    s.name,
    s.name === 'keystone' ? authUrl(settings) : `http://127.0.0.1:${settings.ports[s.name]}`,
  ]);
  return {
    stateDir: layout.root,
    cloudsYaml: layout.clouds,
    env: { OS_CLIENT_CONFIG_FILE: layout.clouds, OS_CLOUD: settings.cloudName },
    endpoints: Object.fromEntries(endpoints) as Partial<Record<Service, string>>,
    reset: async () => {
      await locked(layout, () => wipe(layout));
      await startOpenStack(options);
    },
    stop: () => stopOpenStack(layout.root),
  };
}
