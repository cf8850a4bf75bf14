import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { kubernetesPlugin } from '../../../tools/kubernetes-plugin/launcher';
import { checkoutRoot, ensurePrograms, pathWith } from '../../../tools/programs';

/** How a program ended. */
export interface Ended {
  readonly code: number;
  /** Standard output and error together. */
  readonly text: string;
}

/** Runs a program to its end; never throws for its exit code. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => chunks.push(data));
    child.stderr.on('data', (data: Buffer) => chunks.push(data));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString('utf8') });
    });
    child.stdin.end(options.input);
  });
}

/** A Pulumi project of its own in a folder, run by the real engine with a file backend and the plugin stand-in. */
export class TrialStack {
  private constructor(
    private readonly dir: string,
    private readonly env: NodeJS.ProcessEnv,
    readonly name: string,
  ) {}

  /** Makes project, backend and stack. @param program text of index.js */
  static async make(dir: string, name: string, program: string): Promise<TrialStack> {
    const programs = await ensurePrograms(['pulumi', 'pulumi-language-nodejs']);
    const backend = join(dir, 'backend');
    mkdirSync(backend, { recursive: true });
    symlinkSync(join(checkoutRoot(), 'node_modules'), join(dir, 'node_modules'));
    writeFileSync(
      join(dir, 'Pulumi.yaml'),
      stringify({
        name: 'ai-infn',
        runtime: { name: 'nodejs', options: { typescript: false } },
        main: 'index.js',
      }),
    );
    writeFileSync(join(dir, 'index.js'), program);
    const stack = new TrialStack(
      dir,
      {
        ...process.env,
        ...environment(dir, backend),
        PATH: `${join(kubernetesPlugin(), '..')}:${pathWith(programs)}`,
      },
      name,
    );
    await stack.succeed(['stack', 'init', name]);
    return stack;
  }

  /** Sets one secret setting; the value goes through standard input. */
  async setSecret(key: string, value: string): Promise<void> {
    const ended = await this.pulumi(['config', 'set', '--secret', key], value);
    if (ended.code !== 0) throw new Error(ended.text);
  }

  /** Runs pulumi on the stack. */
  pulumi(args: readonly string[], input?: string): Promise<Ended> {
    const all = [...args, '--non-interactive', '--color', 'never', '--stack', this.name];
    return run('pulumi', args[0] === 'stack' && args[1] === 'init' ? [...all.slice(0, -2)] : all, {
      cwd: this.dir,
      env: this.env,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** Runs pulumi and returns what it printed. @throws Error with that text when it fails */
  async succeed(args: readonly string[]): Promise<string> {
    const ended = await this.pulumi(args);
    if (ended.code !== 0)
      throw new Error(`pulumi ${args.join(' ')} ended with ${ended.code}:\n${ended.text}`);
    return ended.text;
  }

  /** The state file as it lies on the disk. */
  state(): string {
    return readFileSync(join(this.dir, 'backend/.pulumi/stacks/ai-infn', `${this.name}.json`), 'utf8');
  }
}

function environment(dir: string, backend: string): NodeJS.ProcessEnv {
  return {
    PULUMI_HOME: join(dir, 'home'),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase of this test only',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };
}
