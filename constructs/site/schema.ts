import { z } from 'zod';

import { duration, size } from './units';

const DNS_LABEL = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;
const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const name = (): z.ZodString =>
  z
    .string()
    .regex(
      DNS_LABEL,
      'lower-case letters, digits and dashes, beginning with a letter, at most 40 characters',
    );
const hostName = (): z.ZodString =>
  z.string().regex(HOST_NAME, 'a fully qualified DNS name, for example hub.example.org');
const cidr = (): z.ZodCIDRv4 => z.cidrv4();
const count = (): z.ZodNumber => z.int().positive();
const named = <T extends z.ZodType>(value: T): z.ZodRecord<z.ZodString, T> => z.record(name(), value);

/** Cards by accelerator kind (`t4`, `a100-40gb`, `u250`, ...); kinds are checked against the catalogue by a rule. */
const cards = (): z.ZodRecord<z.ZodString, z.ZodNumber> => z.record(name(), count());

const cloud = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe('Entry of clouds.yaml that holds the credentials; they never enter this repository.'),
  region: z.string().min(1).default('RegionOne').describe('OpenStack region.'),
  image: z
    .string()
    .min(1)
    .describe('Glance image of every machine; its name in the lock file gives the checksum.'),
  externalNetwork: z
    .string()
    .min(1)
    .describe('Network that floating addresses and the router gateway come from.'),
  subnet: cidr().describe(
    "Private subnet of the machines. It is cut into equal blocks, one per node group in file order; block 0 is the cloud's own.",
  ),
  dns: z.array(z.ipv4()).default([]).describe('Name servers of the subnet; empty means the cloud decides.'),
  entry: z
    .enum(['floating-ip', 'octavia'])
    .default('floating-ip')
    .describe(
      'How users reach the gateway: a floating address on the first service machine, or an Octavia load balancer.',
    ),
  volumeType: z
    .string()
    .min(1)
    .optional()
    .describe('Cinder type of unencrypted volumes; absent means the default type.'),
  encryptedVolumeType: z
    .string()
    .min(1)
    .optional()
    .describe('Cinder type of volumes with `encrypted: true`.'),
  createFlavors: z
    .boolean()
    .default(false)
    .describe(
      'The project may create flavors (administrator): those of `flavors` are made, with their PCI alias. Else looked up.',
    ),
  adminFrom: z
    .array(cidr())
    .default([])
    .describe('Ranges that may reach SSH (22) and the Kubernetes API (6443).'),
});

const flavor = z.strictObject({
  vcpus: count().describe('Virtual CPUs.'),
  memory: size().describe('Memory.'),
  disk: size().prefault('80Gi').describe('Root disk.'),
});

const node = z.strictObject({
  count: count().default(1).describe('Number of identical machines.'),
  flavor: z
    .string()
    .min(1)
    .describe('Flavor by name; its size stands under `flavors` and is checked against the cloud.'),
  role: z
    .enum(['control', 'storage', 'service', 'accelerator'])
    .optional()
    .describe(
      'What the machines are for; derived: `control`, `storage` by name, `accelerator` if they have cards, else `service`.',
    ),
  host: name().optional().describe('Physical server that the cards come from.'),
  cards: cards().default({}).describe('Cards of one machine, by accelerator kind.'),
  mig: z
    .string()
    .min(1)
    .optional()
    .describe(
      'MIG layout of each card: one profile, which fills the card (`1g.5gb`, `2x3g.20gb`); absent means whole cards.',
    ),
  data: size().optional().describe('Data volume of one machine, kept when the machine goes.'),
  encrypted: z.boolean().default(false).describe('The data volume uses the encrypted volume type.'),
  reserved: name().optional().describe('Project that alone may use these machines for now.'),
  block: count()
    .optional()
    .describe(
      'Block of the subnet for the fixed addresses; default is the position in the file. Write it down before groups are removed or reordered, so that no address moves.',
    ),
});

const project = z.strictObject({
  group: z.string().min(1).describe('IAM group whose members belong to the project.'),
  storage: size().prefault('100Gi').describe('Quota of the shared folder.'),
  batch: z
    .strictObject({
      share: z.number().positive().default(1).describe('Weight in fair sharing of idle accelerators.'),
    })
    .prefault({})
    .describe('Share of the project in batch.'),
});

const remote = z.strictObject({
  api: z.url({ protocol: /^https$/ }).describe('interLink API of the remote centre; mutual TLS.'),
  cpu: count().describe('CPU cores the remote accepts at once.'),
  memory: size().describe('Memory the remote accepts at once.'),
  pods: count().default(100).describe('Jobs the remote accepts at once.'),
  gpus: cards().default({}).describe('Cards the remote accepts at once, by accelerator kind.'),
  addresses: z
    .array(cidr())
    .default([])
    .describe('Ranges from which its jobs reach our Redis and object store.'),
});

const existingCluster = z.strictObject({
  existing: z.literal(true).describe('The cluster is there already; machines only join it by hand.'),
  server: z
    .url({ protocol: /^https$/ })
    .describe('API server; the kubeconfig is the Pulumi secret `kubeconfig`.'),
});

/** Everything a site file may say. Unknown keys are refused; defaults are resolved here and nowhere else. */
export const siteSchema = z.strictObject({
  $schema: z.string().optional().describe('JSON Schema for editors.'),
  name: name().describe('Short name: file name, stack name, folder of charts-out.'),
  title: z.string().min(1).describe('What people read.'),
  domain: hostName().describe('DNS name of the hub; services are its children.'),
  cloud: cloud.describe('Where the machines are.'),
  hosts: named(cards()).default({}).describe('Physical servers and the cards Nova may pass through.'),
  flavors: z.record(z.string().min(1), flavor).default({}).describe('Sizes of the flavors used below.'),
  nodes: named(node).describe('Groups of identical machines.'),
  kubernetes: z
    .strictObject({
      podCidr: cidr().default('10.42.0.0/16').describe('Pod addresses.'),
      serviceCidr: cidr().default('10.43.0.0/16').describe('Service addresses.'),
      cluster: existingCluster.optional().describe('Use an existing cluster instead of installing RKE2.'),
    })
    .prefault({})
    .describe('Cluster: address ranges, and where it comes from.'),
  identity: z
    .strictObject({
      issuer: z
        .url({ protocol: /^https$/ })
        .describe('INDIGO IAM issuer; its /.well-known/openid-configuration is used.'),
      users: z.array(z.string().min(1)).min(1).describe('IAM groups whose members may log in.'),
      admins: z.array(z.string().min(1)).min(1).describe('IAM groups whose members administer the hub.'),
    })
    .describe('Who may log in, and who administers.'),
  projects: named(project).default({}).describe('Projects: IAM group, shared storage, batch share.'),
  sessions: z
    .strictObject({
      cpu: count().default(4).describe('Largest number of CPU cores of a session.'),
      memory: size().prefault('16Gi').describe('Largest memory of a session.'),
      home: size().prefault('50Gi').describe('Quota of a home directory.'),
      idle: duration().prefault('4h').describe('An idle GPU session is stopped after this time.'),
      idleCpu: duration().prefault('24h').describe('An idle CPU session is stopped after this time.'),
    })
    .prefault({})
    .describe('Limits of interactive sessions.'),
  batch: z
    .strictObject({
      grace: duration().prefault('10s').describe('Longest time an evicted Job has to stop.'),
      reserve: cards()
        .default({})
        .describe(
          'Devices never lent to batch, so that sessions start with no eviction; by kind as `aiinfn gpus` prints it.',
        ),
      halfLife: duration().prefault('168h').describe('Half-life of past use in fair sharing.'),
    })
    .prefault({})
    .describe('How batch jobs use idle accelerators.'),
  storage: z
    .strictObject({
      class: z
        .string()
        .min(1)
        .default('local-path')
        .describe(
          'StorageClass of service volumes. The platform brings local-path to clusters it installs; others must be there.',
        ),
      objects: z
        .enum(['minio', 'rgw', 'seaweedfs', 's3'])
        .default('minio')
        .describe('Driver of the object store.'),
      endpoint: z
        .url({ protocol: /^https$/ })
        .optional()
        .describe('Object store owned elsewhere (rgw, s3).'),
      capacity: size().prefault('1Ti').describe('Volume of the object store.'),
    })
    .prefault({})
    .describe('Object store and service volumes.'),
  database: z
    .strictObject({
      driver: z.enum(['repmgr', 'cloudnative-pg']).default('repmgr').describe('PostgreSQL operator.'),
      capacity: size().prefault('20Gi').describe('Volume of one PostgreSQL node.'),
    })
    .prefault({})
    .describe('PostgreSQL of the hub, Grafana and accounting.'),
  monitoring: z
    .strictObject({ retention: duration().prefault('30d').describe('How long Prometheus keeps samples.') })
    .prefault({})
    .describe('Prometheus.'),
  gateway: z
    .strictObject({
      class: z
        .string()
        .min(1)
        .default('traefik')
        .describe('GatewayClass; RKE2 installs Traefik, which implements the Gateway API.'),
      acme: z
        .email()
        .optional()
        .describe('Contact for ACME certificates; absent means the site brings its own certificate.'),
    })
    .prefault({})
    .describe('How users reach the services of the site.'),
  offload: named(remote).default({}).describe('Remote centres reached through interLink virtual nodes.'),
  secrets: z
    .enum(['pulumi', 'external-secrets'])
    .default('pulumi')
    .describe('What delivers Secrets into the cluster.'),
  delivery: z
    .strictObject({
      repo: z.url().describe('Git repository that Argo CD reads.'),
      revision: z.string().min(1).describe('Pinned revision: tag or commit.'),
    })
    .describe('Where Argo CD reads the manifests of the site.'),
});

/** A site with all defaults resolved: plain data from which everything else is projected. */
export type Site = z.output<typeof siteSchema>;
/** A site as its author writes it. */
export type SiteInput = z.input<typeof siteSchema>;
/** One group of identical machines. */
export type NodeGroup = Site['nodes'][string];
/** One remote centre reached through interLink. */
export type Remote = Site['offload'][string];
/** One research project. */
export type Project = Site['projects'][string];
