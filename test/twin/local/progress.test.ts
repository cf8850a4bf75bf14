import { type ProgressEvent, stopwatch } from '../../../twin/local/progress';

describe('stopwatch', () => {
  it('tells each step with the seconds since the start of the operation', () => {
    const events: ProgressEvent[] = [];
    const times = [1_000, 1_040, 13_370];
    const say = stopwatch(
      (event) => events.push(event),
      () => times.shift() ?? 0,
    );
    say('first');
    say('second');
    expect(events).toEqual([
      { seconds: 0, message: 'first' },
      { seconds: 12.4, message: 'second' },
    ]);
  });

  it('is silent when nobody listens', () => {
    expect(() => {
      stopwatch(undefined)('nothing');
    }).not.toThrow();
  });
});
