import { everyContainer, type Rule } from '../../rule';

/** Passwords in the environment come from Secrets. */
export const rule: Rule = {
  id: 'secrets/no-literal-environment',
  title: 'Passwords in the environment come from Secrets',
  why: 'A literal value stands in git, in the API and in every listing of pods.',
  sources: { kubescape: ['C-0012'] },
  ...everyContainer(
    'c.?env.orValue([]).all(e, !e.name.matches("(PASSWORD|PASSWD|TOKEN|SECRET|_KEY|CREDENTIALS)$") || e.?value.orValue("") in ["", "true", "false"])',
  ),
  message: 'valueFrom.secretKeyRef for variables that hold passwords, tokens or keys',
  fix: 'use secretEnv',
  admission: 'deny',
};
