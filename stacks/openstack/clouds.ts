import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { parse } from 'yaml';
import { z } from 'zod';

import { UserError } from '../../constructs/core/errors';

const auth = z.object({
  auth_url: z.string().min(1),
  username: z.string().optional(),
  user_id: z.string().optional(),
  password: z.coerce.string().optional(),
  project_name: z.string().optional(),
  project_id: z.string().optional(),
  user_domain_name: z.string().optional(),
  user_domain_id: z.string().optional(),
  project_domain_name: z.string().optional(),
  project_domain_id: z.string().optional(),
  domain_name: z.string().optional(),
  domain_id: z.string().optional(),
  application_credential_id: z.string().optional(),
  application_credential_name: z.string().optional(),
  application_credential_secret: z.string().optional(),
});

const cloudSchema = z.object({
  auth,
  auth_type: z.string().optional(),
  region_name: z.string().optional(),
  interface: z.enum(['public', 'internal', 'admin']).default('public'),
  cacert: z.string().optional(),
  verify: z.boolean().default(true),
});

/** One entry of clouds.yaml: where a cloud is and the credentials for it. Never logged, never stored. */
export type Cloud = z.output<typeof cloudSchema> & {
  /** Name of the entry. */
  readonly name: string;
  /** File it was read from. */
  readonly file: string;
};

/** Places that OpenStack's own clients look for clouds.yaml in, in their order. */
export function cloudsFileCandidates(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const explicit = env['OS_CLIENT_CONFIG_FILE'];
  if (explicit) return [explicit];
  return [
    resolve('clouds.yaml'),
    join(homedir(), '.config/openstack/clouds.yaml'),
    '/etc/openstack/clouds.yaml',
  ];
}

/**
 * Reads the entry `name` of clouds.yaml (and of secure.yaml beside it, which may hold the passwords).
 * @throws UserError when there is no file, no such entry, or the entry lacks what a login needs
 */
export function loadCloud(name: string, env: NodeJS.ProcessEnv = process.env): Cloud {
  const candidates = cloudsFileCandidates(env);
  const file = candidates.find((path) => existsSync(path));
  if (!file)
    throw fault(candidates.join(', '), 'clouds', 'no such file', 'a clouds.yaml', missingFileFix(name));
  const clouds = readClouds(file);
  const entry = clouds[name];
  if (entry === undefined) {
    const known = Object.keys(clouds).sort().join(', ') || 'no entry at all';
    throw fault(
      file,
      `clouds.${name}`,
      'no such entry',
      known,
      `add the entry ${name}, or name another cloud in the site file (cloud.name)`,
    );
  }
  const secure = join(dirname(file), 'secure.yaml');
  const merged = existsSync(secure) ? mergeEntries(entry, readClouds(secure)[name]) : entry;
  return { ...checkedCloud(file, name, merged), name, file };
}

type Entry = Readonly<Record<string, unknown>>;

function readClouds(file: string): Readonly<Record<string, Entry>> {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fault(
      file,
      'clouds',
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      'readable YAML',
      'mend the file',
    );
  }
  const shape = z
    .object({ clouds: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .safeParse(document);
  if (!shape.success)
    throw fault(
      file,
      'clouds',
      'no mapping `clouds`',
      'clouds: { NAME: { auth: ... } }',
      'see docs.openstack.org, clouds.yaml',
    );
  return shape.data.clouds;
}

function mergeEntries(entry: Entry, secret: Entry | undefined): Entry {
  if (!secret) return entry;
  return {
    ...entry,
    ...secret,
    auth: { ...(entry['auth'] as Entry | undefined), ...(secret['auth'] as Entry | undefined) },
  };
}

function checkedCloud(file: string, name: string, entry: Entry): z.output<typeof cloudSchema> {
  const result = cloudSchema.safeParse(entry);
  const problems = result.success
    ? loginProblems(result.data.auth)
    : result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  if (problems.length === 0 && result.success) return result.data;
  throw fault(
    file,
    `clouds.${name}`,
    problems.join('; '),
    'username, password and project, or an application credential',
    'complete the entry',
  );
}

function loginProblems(a: z.output<typeof auth>): readonly string[] {
  if (a.application_credential_secret !== undefined) {
    const named =
      a.application_credential_id !== undefined ||
      (a.application_credential_name && (a.username ?? a.user_id));
    return named ? [] : ['auth.application_credential_id is missing'];
  }
  const problems: string[] = [];
  if (!a.username && !a.user_id) problems.push('auth.username is missing');
  if (a.password === undefined) problems.push('auth.password is missing');
  if (!a.project_name && !a.project_id) problems.push('auth.project_name is missing');
  return problems;
}

function missingFileFix(name: string): string {
  return `download clouds.yaml from the cloud's dashboard, put it there under the name ${name}, or set OS_CLIENT_CONFIG_FILE`;
}

function fault(file: string, path: string, found: string, allowed: string, fix: string): UserError {
  return new UserError('The credentials of the cloud cannot be read.', [
    { rule: 'cloud/credentials', file, path, found, allowed, fix },
  ]);
}
