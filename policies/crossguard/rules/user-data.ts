import type { StackRule } from '../rule';

/** What a secret looks like in user data. The one-time token with which a machine joins is documented and stays out of this list. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/^\s*(?:\w+[_-])?(?:password|passwd|plain_text_passwd)\s*[:=]\s*\S/im, 'a password'],
  [
    /^\s*(?:application_credential_secret|OS_PASSWORD|aws_secret_access_key)\s*[:=]\s*\S/im,
    'a cloud credential',
  ],
  [/[a-z]+:\/\/[^/\s:@]+:[^/\s@]+@/, 'an address with a password'],
];

/** User data holds no secret. */
export const rule: StackRule = {
  name: 'user-data',
  description: 'User data can be read by every process of the machine and by every operator of the cloud.',
  type: 'openstack:compute/instance:Instance',
  judge({ name, props }) {
    const text = decode(props['userData']);
    return SECRETS.filter(([pattern]) => pattern.test(text)).map(
      ([, what]) => `user data of ${name} holds ${what}; deliver it as a Kubernetes Secret instead`,
    );
  },
};

/** Providers keep user data as text or as base64. */
function decode(value: unknown): string {
  if (typeof value !== 'string') return '';
  const plain = /^[A-Za-z0-9+/\s]+=*\s*$/.test(value) && value.length % 4 === 0;
  return plain ? Buffer.from(value, 'base64').toString() : value;
}
