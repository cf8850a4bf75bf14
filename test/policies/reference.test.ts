import { policyReference } from '../../policies/reference';
import { STACK_RULES } from '../../policies/crossguard/policies';
import { RULES } from '../../policies/rules';

describe('the policy reference', () => {
  const page = policyReference();

  it('has one row for every rule, with reason, sources and what the API server does', () => {
    for (const rule of RULES)
      expect(
        page.split('\n').filter((line) => line.startsWith(`| \`${rule.id}\` ${rule.title} |`)),
      ).toHaveLength(1);
    expect(page).toContain(
      '| `batch/queue` Jobs go through a queue | A Job without queue would start beside Kueue and take a device from a session without ever giving it back. | label kueue.x-k8s.io/queue-name | refused | this platform: Kueue: manageJobsWithoutQueueName is off |',
    );
  });

  it('counts the controls of each catalogue from the rules', () => {
    const pss = new Set(RULES.flatMap((rule) => rule.sources.pss ?? [])).size;
    expect(page).toContain(`| Pod Security Standards | ${pss} |`);
  });

  it('says which rule only a release must keep, and lists exemptions', () => {
    expect(page).toMatch(/`image\/digest`.*required for a release/);
    expect(page).toContain('## Exemptions');
  });

  it('lists the rules about OpenStack resources', () => {
    for (const rule of STACK_RULES) expect(page).toContain(`| \`${rule.name}\` | ${rule.description} |`);
  });
});
