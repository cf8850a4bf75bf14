import {
  changed,
  Gathering,
  parseEvent,
  progressLine,
  shortName,
  type EngineEvent,
} from '../../../stacks/engine/events';

const URN = 'urn:pulumi:lab::ai-infn::aiinfn:openstack:Machines$openstack:compute/instance:Instance::t4-1';
const step = (
  op: string,
  urn = URN,
  type = 'openstack:compute/instance:Instance',
): { metadata: { op: string; urn: string; type: string } } => ({
  metadata: { op, urn, type },
});

function gathered(...events: EngineEvent[]): Gathering['summary'] {
  const gathering = new Gathering();
  for (const event of events) gathering.add(event);
  return gathering.summary;
}

describe('reading the engine’s event stream', () => {
  it('reads an event and drops what it does not report', () => {
    const line = JSON.stringify({ sequence: 3, timestamp: 1, resourcePreEvent: step('create'), other: 1 });
    expect(parseEvent(line)).toEqual({ resourcePreEvent: step('create') });
  });

  it.each(['', 'warning: something', '{"broken', '{"resourcePreEvent": 3}', '[1]'])(
    'ignores a line that is no event: %s',
    (line) => {
      expect(parseEvent(line)).toBeUndefined();
    },
  );

  it('names a resource by kind and logical name', () => {
    expect(shortName(URN)).toBe('Instance t4-1');
    expect(shortName('urn:pulumi:lab::ai-infn::aiinfn:openstack:Network::network')).toBe(
      'aiinfn:Network network',
    );
  });
});

describe('lines of progress', () => {
  it('tells beginning and end of a step, and a failure', () => {
    expect(progressLine({ resourcePreEvent: step('create') }, 'up')).toBe('create Instance t4-1 ...');
    expect(progressLine({ resOutputsEvent: step('create') }, 'up')).toBe('create Instance t4-1 done');
    expect(progressLine({ resOpFailedEvent: step('create') }, 'up')).toBe('create Instance t4-1 FAILED');
  });

  it('tells a preview in the conditional, once for each resource', () => {
    expect(progressLine({ resourcePreEvent: step('delete') }, 'preview')).toBe('would delete Instance t4-1');
    expect(progressLine({ resOutputsEvent: step('delete') }, 'preview')).toBeUndefined();
  });

  it.each(['same', 'read', 'refresh', 'create-replacement', 'delete-replaced'])(
    'keeps quiet about %s',
    (op) => {
      expect(progressLine({ resourcePreEvent: step(op) }, 'up')).toBeUndefined();
      expect(progressLine({ resOutputsEvent: step(op) }, 'up')).toBeUndefined();
    },
  );

  it('keeps quiet about the engine’s own resources', () => {
    expect(
      progressLine({ resourcePreEvent: step('create', URN, 'pulumi:pulumi:Stack') }, 'up'),
    ).toBeUndefined();
  });
});

describe('summing up a run', () => {
  it('counts changes and not what stayed', () => {
    const summary = gathered(
      { resOutputsEvent: step('create') },
      { resOutputsEvent: step('same') },
      { summaryEvent: { resourceChanges: { create: 1, same: 40, read: 2 }, durationSeconds: 12 } },
    );
    expect(summary.changes).toEqual([
      { op: 'create', urn: URN, type: 'openstack:compute/instance:Instance' },
    ]);
    expect(changed(summary)).toBe(1);
    expect(summary.seconds).toBe(12);
  });

  it('keeps each error once, with the resource it befell', () => {
    const error = { diagnosticEvent: { severity: 'error', message: 'no luck\n', urn: URN } };
    const info = { diagnosticEvent: { severity: 'warning', message: 'deprecated' } };
    expect(gathered(error, error, info).errors).toEqual(['Instance t4-1: no luck']);
  });

  it('strips the provider’s wrapping, so that both tellings of one failure are one', () => {
    const words = "Error waiting for instance (1) to become ready: unexpected state 'ERROR'";
    const told = (message: string): EngineEvent => ({
      diagnosticEvent: { severity: 'error', message, urn: URN },
    });
    const summary = gathered(
      told(`sdk-v2/provider2.go:571: sdk.helper_schema: ${words}: provider=openstack@3.15.2`),
      told(`1 error occurred:\n\t* creating ${URN}: 1 error occurred:\n\t* ${words}\n\n`),
    );
    expect(summary.errors).toEqual([`Instance t4-1: ${words}`]);
  });

  it('leaves out "update failed" when there is a reason, and keeps it when there is none', () => {
    const failed = { diagnosticEvent: { severity: 'error', message: 'update failed' } };
    expect(gathered(failed, { diagnosticEvent: { severity: 'error', message: 'why' } }).errors).toEqual([
      'why',
    ]);
    expect(gathered(failed).errors).toEqual(['update failed']);
  });
});
