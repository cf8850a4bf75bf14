import { parseFaults } from '../../../twin/machine/validate';

describe('the verdict of cloud-init schema', () => {
  it('is split into its faults, each with its place', () => {
    const output = `Cloud config schema deprecations: \nError:\nCloud config schema errors: packages: {'a': 1} is not of type 'array', users: 3 is not of type 'string', 'array', 'object'\n`;
    expect(parseFaults(output)).toEqual([
      "packages: {'a': 1} is not of type 'array'",
      "users: 3 is not of type 'string', 'array', 'object'",
    ]);
  });

  it('keeps a fault of several lines together, and does not show where the text was put', () => {
    const output = `Error:\nCloud config schema errors: format-l3.c1: File /mnt/user-data is not valid yaml. while parsing a flow node\nexpected the node content\n  in "<byte string>", line 3`;
    expect(parseFaults(output)).toEqual([
      'format-l3.c1: File user data is not valid yaml. while parsing a flow node expected the node content in "<byte string>", line 3',
    ]);
  });

  it('has no fault in a valid document', () => {
    expect(parseFaults('Valid cloud-config: /mnt/user-data\n')).toEqual([]);
  });
});
