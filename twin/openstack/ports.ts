import { createServer } from 'node:net';

import { UserError } from '../../constructs/core/errors';
import { isAlive, recorded } from '../local/processes';
import { type Ports, type Service, type ServiceSpec, candidateFirstPorts, portsFrom } from './services';
import { type Layout, type Settings } from './settings';

/** `free`: the program chooses; a number: the first of consecutive ports, one for each service. */
export type PortChoice = 'free' | number;

/** True if a server could listen there now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}

async function taken(ports: Ports, services: readonly Service[]): Promise<Service[]> {
  const free = await Promise.all(services.map((name) => isFree(ports[name])));
  return services.filter((_, index) => !free[index]);
}

/**
 * Ports for a start: those of the last start where they are still to be had, as services that run need theirs.
 *
 * @throws UserError if ports that were asked for by number are taken, or none is free.
 */
export async function choosePorts(
  layout: Layout,
  before: Settings | undefined,
  services: readonly ServiceSpec[],
  choice: PortChoice,
): Promise<Ports> {
  const stopped = services.map((s) => s.name).filter((name) => !isAlive(recorded(layout.run, name)));
  const running = stopped.length < services.length;
  if (before !== undefined && (running || choice === 'free')) {
    if ((await taken(before.ports, stopped)).length === 0) return before.ports;
    if (running) throw portsTaken(await taken(before.ports, stopped), before.ports);
  }
  return choice === 'free' ? firstFreeBlock(layout.root, stopped) : numbered(choice, stopped);
}

async function numbered(first: number, services: readonly Service[]): Promise<Ports> {
  const ports = portsFrom(first);
  const conflicts = await taken(ports, services);
  if (conflicts.length > 0) throw portsTaken(conflicts, ports);
  return ports;
}

async function firstFreeBlock(stateDir: string, services: readonly Service[]): Promise<Ports> {
  for (const first of candidateFirstPorts(stateDir)) {
    const ports = portsFrom(first);
    if ((await taken(ports, services)).length === 0) return ports;
  }
  throw new UserError('no block of free ports is left on the loopback interface');
}

function portsTaken(conflicts: readonly Service[], ports: Ports): UserError {
  const list = conflicts.map((name) => `${ports[name]} (${name})`).join(', ');
  return new UserError(
    `another program listens on ports of the local OpenStack: ${list}. Stop it, or choose other ports`,
  );
}
