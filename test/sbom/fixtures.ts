import { Lock, type LockData } from '../../constructs';
import { deployment, object, type Plain } from '../policies/fixtures';

const pin = { licence: 'Apache-2.0', source: 'https://github.com/example/thing' };
export const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** A lock with one image resolved, one not, one of a longer name, and two charts. */
export const LOCK_DATA: LockData = {
  images: {
    hub: {
      ref: 'r.example.org/team/hub',
      tag: '5.5',
      digest: { resolved: DIGEST, from: 'r.example.org' },
      ...pin,
    },
    lab: {
      ref: 'r.example.org/team/lab',
      tag: '4.6',
      digest: { unresolved: 'not pushed' },
      ...pin,
      source: 'images/lab/Containerfile',
    },
    'lab-gpu': { ref: 'r.example.org/team/lab', tag: '4.6.1', digest: { unresolved: 'not pushed' }, ...pin },
  },
  charts: {
    'argo-cd': { repo: 'https://argo.example.org/charts', chart: 'argo-cd', version: '9.2.0', ...pin },
    kueue: { repo: 'oci://r.example.org/kueue/charts', chart: 'kueue', version: '0.19.2', ...pin },
    unused: { repo: 'https://argo.example.org/charts', chart: 'unused', version: '1.0.0', ...pin },
  },
  software: {
    kubernetes: { version: 'v1.36.2', ...pin },
    rke2: { version: 'v1.36.2+rke2r1', ...pin },
    'nvidia-driver': { version: '580.1', ...pin, source: 'https://docs.nvidia.com/' },
  },
};

/** A fresh lock of the data above. */
export const lock = (): Lock => new Lock(LOCK_DATA);

export const HUB = deployment({ container: { image: `r.example.org/team/hub:5.5@${DIGEST}` } });
export const PROFILES: Plain = object('v1', 'ConfigMap', {
  data: { 'config.py': "image = 'r.example.org/team/lab:4.6'\nother = r.example.org/team/lab:4.6.1" },
});
export const KUEUE: Plain = object('argoproj.io/v1alpha1', 'Application', {
  spec: { source: { chart: 'kueue', repoURL: 'r.example.org/kueue/charts', targetRevision: '0.19.2' } },
});
