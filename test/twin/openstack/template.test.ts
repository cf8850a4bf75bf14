import { fillTemplate } from '../../../twin/openstack/template';

describe('fillTemplate', () => {
  it('puts each value in, as often as it is asked for', () => {
    const text = 'a = {{port.nova}}\nb = {{port.nova}} {{host}}\n';
    expect(fillTemplate('x', text, { 'port.nova': '8774', host: 'h' })).toBe('a = 8774\nb = 8774 h\n');
  });

  it('puts values in as they are, also those that look like placeholders or patterns', () => {
    expect(fillTemplate('x', '[{{a}}]', { a: '$& {{b}}\n$1' })).toBe('[$& {{b}}\n$1]');
  });

  it('leaves the substitutions of the configuration language itself alone', () => {
    const text = 'url = %(project_id)s $state {single} {{ spaced }}';
    expect(fillTemplate('x', text, {})).toBe(text);
  });

  it('names every placeholder without a value at once', () => {
    expect(() => fillTemplate('nova.conf', '{{b}} {{a}} {{b}} {{known}}', { known: '' })).toThrow(
      'nova.conf: no value for a, b',
    );
  });
});
