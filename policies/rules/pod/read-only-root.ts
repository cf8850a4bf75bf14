import { everyContainer, type Rule } from '../../rule';

/** Root file systems are read-only. */
export const rule: Rule = {
  id: 'pod/read-only-root',
  title: 'Root file systems are read-only',
  why: 'An intruder who cannot write programs has to work in memory; state that is written must be a declared volume.',
  sources: {
    kubescape: ['C-0017'],
    ksv: ['KSV-0014'],
    kubeScore: ['container-security-context-readonlyrootfilesystem'],
  },
  ...everyContainer('c.?securityContext.?readOnlyRootFilesystem.orValue(false) == true'),
  message: 'readOnlyRootFilesystem: true',
  fix: 'mount scratchVolume where the program writes',
  admission: 'deny',
};
