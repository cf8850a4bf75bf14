import { celValue, evaluateCel } from '../../policies/cel';
import { outsideSubset } from '../../policies/subset';

describe('the CEL subset', () => {
  it.each([
    'object.spec.replicas >= 2',
    'variables.containers.all(c, c.?env.orValue([]).exists(e, e.name == c.name))',
    'object.metadata.name.matches("^[a-z]+$") && object.metadata.name.matches("\\\\d")',
  ])('accepts %s', (expression) => {
    expect(outsideSubset(expression)).toEqual([]);
  });

  it.each([
    ['quantity("1Gi") == object.a', ['function quantity']],
    ['object.list.sum() > 1', ['function sum']],
    ['request.name == "a"', ['name request']],
    ['params.a == object.list.filter(x, y == 1)', ['name params', 'name y']],
    ['object.list.all(x, x == 1) && x == 1', ['name x']],
    ['object.a.matches("(?=x)")', ['pattern RE2 does not have']],
    ['object.a.matches("(a)\\\\1")', ['pattern RE2 does not have']],
    ['[ip("1.1.1.1")].size() == 1 ? true : !url("x")', ['function ip', 'function url']],
  ])('names what is outside in %s', (expression, faults) => {
    expect(outsideSubset(expression)).toEqual(faults);
  });

  it('refuses what is not CEL', () => {
    expect(() => outsideSubset('object.a ==')).toThrow();
  });
});

/** Results as the Kubernetes documentation and the CEL specification give them; they pin what our evaluator must agree on. */
describe('evaluation', () => {
  const value = celValue({
    a: 1,
    half: 0.5,
    name: 'x',
    list: [1, 2],
    labels: { 'a/b': 'c' },
    gone: undefined,
    no: null,
  });
  it.each([
    ['object.a == 1', true],
    ['object.a >= 1 && object.half < 1', true],
    ['has(object.missing)', false],
    ['has(object.gone)', false],
    ['object.no == null', true],
    ['object.?missing.?deeper.orValue("d")', 'd'],
    ['object.labels[?"a/b"].orValue("")', 'c'],
    ['object.labels.all(k, object.labels[k] == "c")', true],
    ['2 in object.list', true],
    ['[].all(x, false)', true],
    ['[].exists(x, true)', false],
    ['object.missing == 1 || true', true],
    ['false && object.missing == 1', false],
    ['"abc".matches("b")', true],
    ['["a", "b"].join(", ")', 'a, b'],
    ['duration("36h") < duration("2160h")', true],
  ])('%s is %j', (expression, result) => {
    expect(evaluateCel(expression, { object: value })).toEqual(result);
  });

  it('fails on a field that is not there, as the API server does', () => {
    expect(() => evaluateCel('object.missing == 1', { object: value })).toThrow('No such key');
  });
});
