import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { formatFinding, UserError } from '../../constructs';
import { type Checkout, parseLock } from '../checkout';
import { type Args, type Command, EXIT, flag, only } from '../command';
import { type Io, result, table } from '../io';
import { resolveDigests, unresolved } from '../lock';
import { loginsOf, registryClient, type RegistryLogin } from '../registry';
import { writeFileAtomic } from '../tree';

/** Files in which Podman and Docker keep logins, in their order. */
function loginFiles(env: NodeJS.ProcessEnv): readonly string[] {
  const docker = env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const podman = env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json')] : [];
  return [
    ...(env['REGISTRY_AUTH_FILE'] ? [env['REGISTRY_AUTH_FILE']] : []),
    ...podman,
    join(docker, 'config.json'),
  ];
}

/** Logins for registries of this user; anonymous where there are none. @throws UserError for an unreadable file */
function logins(): ReadonlyMap<string, RegistryLogin> {
  const file = loginFiles(process.env).find((path) => existsSync(path));
  if (file === undefined) return new Map();
  try {
    return loginsOf(readFileSync(file, 'utf8'));
  } catch {
    throw new UserError(`${file} is no registry configuration; log in again (podman login, docker login)`);
  }
}

function check(args: Args, io: Io, checkout: Checkout): number {
  const { data } = checkout.lock();
  const open = unresolved(data);
  const total = Object.keys(data.images).length;
  result(io, { images: total, unresolved: open }, () => [
    `${total - open.length} of ${total} images have a digest`,
    ...(open.length === 0
      ? []
      : [
          '',
          ...table(
            ['unresolved', 'image', 'reason'],
            open.map((o) => [o.name, o.image, o.reason]),
          ),
        ]),
  ]);
  if (!flag(args, 'release') || open.length === 0) return EXIT.ok;
  io.err('a release needs every digest. Run: npx aiinfn lock resolve');
  return EXIT.user;
}

async function resolve(io: Io, checkout: Checkout): Promise<number> {
  const before = checkout.lockText();
  parseLock(before);
  const { text, resolved, failures } = await resolveDigests(
    before,
    registryClient({ logins: logins() }),
    (message) => {
      io.progress(message);
    },
  );
  if (text !== before) writeFileAtomic(checkout.lockFile, text);
  result(io, { resolved, failures }, () => [
    `${resolved.length} digests written to ${checkout.shown(checkout.lockFile)}`,
    ...resolved.map((name) => `  ${name}`),
  ]);
  if (failures.length === 0) return EXIT.ok;
  io.err(
    [`${failures.length} digests could not be had:`, ...failures.map((f) => `  ${formatFinding(f)}`)].join(
      '\n',
    ),
  );
  return EXIT.user;
}

/** `aiinfn lock`: the digests of the pin file. */
export const lock: Command = {
  name: 'lock',
  summary: 'List image pins without a digest (check), or ask their registries for it (resolve).',
  usage: 'check|resolve',
  options: { release: { type: 'boolean', about: 'With check: exit 1 when any digest is unresolved.' } },
  examples: ['npx aiinfn lock check', 'npx aiinfn lock check --release', 'npx aiinfn lock resolve'],
  run: (args, io, checkout) => {
    const what = only(args);
    if (what === 'check') return check(args, io, checkout);
    if (what !== 'resolve') throw new UserError(`aiinfn lock: '${what}' is neither check nor resolve`);
    if (flag(args, 'release')) throw new UserError('aiinfn lock: --release belongs to check');
    return resolve(io, checkout);
  },
};
