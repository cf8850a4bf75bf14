import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { credentials } from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb';
import {
  AnalyzerResourceOptions,
  AnalyzeRequest,
  ConfigureAnalyzerRequest,
  EnforcementLevel,
  PolicyConfig,
  type AnalyzeDiagnostic,
  type AnalyzerInfo,
  type AnalyzeResponse,
} from '@pulumi/pulumi/proto/analyzer_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { type JavaScriptValue, Struct } from 'google-protobuf/google/protobuf/struct_pb';

import { STACK_RULES } from '../../../policies/crossguard/policies';

const ROOT = join(__dirname, '../../..');

/** The pack as the engine starts it: a process that prints the port of its gRPC server. */
let child: ChildProcess;
let client: AnalyzerClient;
beforeAll(async () => {
  const args = [
    '--pdeathsig',
    'KILL',
    process.execPath,
    '-r',
    join(ROOT, 'test/typescript.cjs'),
    join(ROOT, 'policies/crossguard/index.ts'),
  ];
  child = spawn('setpriv', args, {
    cwd: join(ROOT, 'policies/crossguard'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('the pack has no output');
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const [port] = await Promise.race([
    line,
    once(child, 'exit').then(() => Promise.reject(new Error('the pack ended before it served'))),
  ]);
  client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
}, 30_000);
afterAll(async () => {
  client.close();
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
});

function call<T>(send: (done: (error: Error | null, answer: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

async function analyze(
  type: string,
  name: string,
  props: Record<string, JavaScriptValue>,
  protect = true,
): Promise<AnalyzeDiagnostic.AsObject[]> {
  const request = new AnalyzeRequest();
  const options = new AnalyzerResourceOptions();
  options.setProtect(protect);
  request.setType(type);
  request.setName(name);
  request.setUrn(`urn:pulumi:lab::ai-infn::${type}::${name}`);
  request.setProperties(Struct.fromJavaScript(props));
  request.setOptions(options);
  const answer = await call<AnalyzeResponse>((done) => client.analyze(request, done));
  return answer.toObject().diagnosticsList;
}

describe('the policy pack, over gRPC as the engine speaks to it', () => {
  it('says what it checks', async () => {
    const info = (await call<AnalyzerInfo>((done) => client.getAnalyzerInfo(new Empty(), done))).toObject();
    expect([info.name, info.policiesList.map(({ name }) => name).sort()]).toEqual([
      'ai-infn',
      STACK_RULES.map(({ name }) => name).sort(),
    ]);
  });

  it('refuses SSH open to the world, as a mandatory violation', async () => {
    const type = 'openstack:networking/secGroupRule:SecGroupRule';
    const rule = {
      direction: 'ingress',
      protocol: 'tcp',
      portRangeMin: 22,
      portRangeMax: 22,
      remoteIpPrefix: '0.0.0.0/0',
    };
    expect(await analyze(type, 'ssh', rule)).toEqual([
      expect.objectContaining({
        policyname: 'world-open',
        policypackname: 'ai-infn',
        enforcementlevel: 1,
        message: expect.stringContaining('ports 22 to 22 of tcp open to the Internet') as unknown,
      }),
    ]);
    expect(await analyze(type, 'web', { ...rule, portRangeMin: 443, portRangeMax: 443 })).toEqual([]);
  });

  it('sees whether a volume is protected, and obeys the configuration of the site', async () => {
    const type = 'openstack:blockstorage/volume:Volume';
    const props = { metadata: { 'ai-infn': 'ai-infn/lab/data' } };
    expect((await analyze(type, 'data', props, false)).map(({ policyname }) => policyname)).toEqual([
      'volume-protected',
    ]);
    const request = new ConfigureAnalyzerRequest();
    const config = new PolicyConfig();
    config.setEnforcementlevel(EnforcementLevel.MANDATORY);
    config.setProperties(Struct.fromJavaScript({ destroyable: ['data'] }));
    request.getPolicyconfigMap().set('volume-protected', config);
    await call<Empty>((done) => client.configure(request, done));
    expect(await analyze(type, 'data', props, false)).toEqual([]);
  });

  it('has nothing to say about other resources', async () => {
    expect(await analyze('openstack:networking/network:Network', 'net', {})).toEqual([]);
  });
});
