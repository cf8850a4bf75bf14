import { rule, type RuleFinding } from './rule';

/** Names that move: what they point to today is not what was reviewed. */
const MOVING =
  /^(refs\/heads\/.*|main|master|head|latest|develop|devel|dev|trunk|stable|prod|production|release|\*|.*[*~^<>].*)$/i;

/** A site changes when its file says so, not when somebody pushes. */
export const revisionPinned = rule(
  'delivery/revision',
  'The revision is a tag or commit.',
  ['delivery'],
  ({ delivery }) =>
    MOVING.test(delivery.revision)
      ? [
          {
            path: ['delivery', 'revision'],
            found: `'${delivery.revision}', a branch or a range`,
            allowed: 'a tag or a commit, which always mean the same content',
            fix: 'write the tag of a release, for example 2026.11.0',
          },
        ]
      : [],
);

const loopback = ({ hostname }: URL): boolean => /^(localhost|127\..*|\[::1\]|.*\.localhost)$/.test(hostname);

/** Manifests travel encrypted, and the address holds no secret. */
export const repoSafe = rule(
  'delivery/repo',
  'The repository is reached by https or ssh, without a password in its address.',
  ['delivery'],
  ({ delivery }) => {
    const url = new URL(delivery.repo);
    const findings: RuleFinding[] = [];
    if (!['https:', 'ssh:'].includes(url.protocol) && !(url.protocol === 'http:' && loopback(url)))
      findings.push({
        path: ['delivery', 'repo'],
        found: `scheme ${url.protocol}`,
        allowed: 'https or ssh (http on this machine only)',
        fix: 'write the https address of the repository',
      });
    if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:'))
      findings.push({
        path: ['delivery', 'repo'],
        found: 'an address with credentials in it',
        allowed: 'an address without user name and password',
        fix: 'remove them and revoke the password: Argo CD has its own Secret',
      });
    return findings;
  },
);
