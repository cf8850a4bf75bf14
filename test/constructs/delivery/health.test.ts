import { HEALTH_SCRIPTS } from '../../../constructs/delivery/health';
import { runHealthScript } from '../support/lua';

/** What Argo CD would say of an object of a kind with a status. */
function health(kind: string, status?: object): Record<string, string> {
  const script = HEALTH_SCRIPTS[kind];
  if (script === undefined) throw new Error(`no script for ${kind}`);
  return runHealthScript(script, { kind, ...(status ? { status } : {}) });
}

const active = (status: string, reason: string): object => ({
  conditions: [
    { type: 'Other', status: 'True', reason: 'Noise' },
    { type: 'Active', status, reason, message: `says ${reason}` },
  ],
});

describe('health of an Application', () => {
  const APPLICATION = 'argoproj.io/Application';
  test.each([
    ['before the first comparison', undefined, 'Progressing'],
    ['without health', { sync: { status: 'Synced' } }, 'Progressing'],
    ['healthy and in sync', { health: { status: 'Healthy' }, sync: { status: 'Synced' } }, 'Healthy'],
    [
      'healthy, but its manifests were refused',
      { health: { status: 'Healthy' }, sync: { status: 'OutOfSync' } },
      'Progressing',
    ],
    ['healthy, never synced', { health: { status: 'Healthy' } }, 'Progressing'],
    [
      'degraded',
      { health: { status: 'Degraded', message: 'pod crashed' }, sync: { status: 'Synced' } },
      'Degraded',
    ],
  ])('%s', (_, status, expected) => {
    expect(health(APPLICATION, status)['status']).toBe(expected);
  });

  test('passes the message on', () => {
    const status = { health: { status: 'Degraded', message: 'pod crashed' } };
    expect(health(APPLICATION, status)['message']).toBe('pod crashed');
  });
});

describe.each(['kueue.x-k8s.io/ClusterQueue', 'kueue.x-k8s.io/LocalQueue'])('health of %s', (kind) => {
  test('waits for Kueue to look at it', () => {
    expect(health(kind)['status']).toBe('Progressing');
    expect(health(kind, {})['status']).toBe('Progressing');
    expect(health(kind, { conditions: [] })['status']).toBe('Progressing');
  });

  test('is healthy when active, and when stopped on purpose', () => {
    expect(health(kind, active('True', 'Ready'))['status']).toBe('Healthy');
    expect(health(kind, active('False', 'Stopped'))['status']).toBe('Healthy');
  });
});

describe('health of a ClusterQueue', () => {
  test('is degraded, with the reason, when a flavor is missing', () => {
    const answer = health('kueue.x-k8s.io/ClusterQueue', active('False', 'FlavorNotFound'));
    expect(answer).toEqual({ status: 'Degraded', message: 'says FlavorNotFound' });
  });

  test('is progressing while it is removed', () => {
    expect(health('kueue.x-k8s.io/ClusterQueue', active('False', 'Terminating'))['status']).toBe(
      'Progressing',
    );
  });
});

describe('health of a LocalQueue', () => {
  test.each([
    ['ClusterQueueIsInactive', 'Healthy'],
    ['ClusterQueueDoesNotExist', 'Degraded'],
  ])('with reason %s is %s', (reason, expected) => {
    expect(health('kueue.x-k8s.io/LocalQueue', active('False', reason))['status']).toBe(expected);
  });
});

describe('health of a ClusterPolicy', () => {
  test.each([
    [undefined, 'Progressing'],
    ['notReady', 'Progressing'],
    ['ready', 'Healthy'],
    ['ignored', 'Degraded'],
    ['disabled', 'Suspended'],
  ])('in state %s is %s', (state, expected) => {
    expect(health('nvidia.com/ClusterPolicy', state ? { state } : {})['status']).toBe(expected);
  });
});
