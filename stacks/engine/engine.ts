import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { parse, stringify } from 'yaml';

import { UserError } from '../../constructs/core/errors';
import { Gathering, parseEvent, progressLine, type Summary } from './events';
import { parseExport, type StackExport } from './state';

/** Name of the Pulumi project in Pulumi.yaml. */
export const PROJECT = 'ai-infn';

/** Where the engine finds its things; the command line and the tests fill it in. */
export interface EngineOptions {
  /** Stack, which is the site's name. */
  readonly stack: string;
  /** Folder of Pulumi.yaml, with the compiled program in dist/. */
  readonly checkout: string;
  /** Folder that holds Pulumi.<stack>.yaml; another one than the checkout keeps trials out of git. */
  readonly settingsDir: string;
  /** Folder of the file backend; made when absent. */
  readonly backendDir: string;
  /** File with the passphrase of the state's secrets; made with 32 random bytes when absent. */
  readonly passphraseFile: string;
  /** PATH value that finds pulumi, its language host and its plugins. */
  readonly path: string;
  /** Further environment, for example OS_CLIENT_CONFIG_FILE or PULUMI_HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings of this run only (`ai-infn:NAME`), on top of those in Pulumi.<stack>.yaml. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Receives one line per event worth telling. */
  readonly progress?: (line: string) => void;
  /** Receives the id of the engine's process, which is its process group too. */
  readonly onStart?: (pid: number) => void;
}

/** The operations of the engine that stream events. */
export type Operation = 'preview' | 'up' | 'refresh' | 'destroy';

/** Exit code and output of one engine process. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What goes into an engine process and what is done with its lines. */
interface Streams {
  readonly input?: string;
  readonly onLine?: (line: string) => void;
}

/**
 * The engine, driven through its command line with the very program that operators run. (The Automation API runs the
 * same command, but does not let us put it into a session of its own, by which recovery finds its plugins after a kill.)
 */
export class Engine {
  constructor(readonly options: EngineOptions) {}

  /** Makes folders, passphrase and the stack where they are missing; otherwise does nothing. */
  async prepare(): Promise<void> {
    const { backendDir, settingsDir, passphraseFile, checkout, stack } = this.options;
    mkdirSync(backendDir, { recursive: true });
    mkdirSync(settingsDir, { recursive: true });
    if (!existsSync(passphraseFile))
      writeFileSync(passphraseFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
    if (settingsDir !== checkout)
      writeFileSync(join(settingsDir, 'Pulumi.yaml'), stringify({ name: PROJECT, runtime: 'nodejs' }));
    const state = join(backendDir, '.pulumi/stacks', PROJECT, `${stack}.json`);
    if (!existsSync(state)) await this.succeed(['stack', 'init', stack]);
    if (!(`${PROJECT}:secretSeed` in this.keptSettings().config)) await this.makeSeed();
  }

  /** 384 random bits from which the secrets of a new site follow, encrypted in its settings file. */
  private async makeSeed(): Promise<void> {
    const seed = randomBytes(48).toString('base64url');
    const { stack } = this.options;
    await this.succeed(['config', 'set', '--secret', `${PROJECT}:secretSeed`, '--stack', stack], seed);
  }

  /** What Pulumi.<stack>.yaml says, values still encrypted. */
  private keptSettings(): { readonly config: Readonly<Record<string, unknown>> } {
    const file = join(this.options.settingsDir, `Pulumi.${this.options.stack}.yaml`);
    const kept = (existsSync(file) ? parse(readFileSync(file, 'utf8')) : null) as Record<
      string,
      unknown
    > | null;
    return { ...kept, config: { ...(kept?.['config'] as object | undefined) } };
  }

  /** Runs one operation to its end and reports its events. Errors are in the summary; `ok` says whether it succeeded. */
  async run(operation: Operation, args: readonly string[] = []): Promise<Summary & { readonly ok: boolean }> {
    const gathering = new Gathering();
    const scratch = mkdtempSync(join(tmpdir(), 'aiinfn-settings-'));
    try {
      const common = [
        '--stack',
        this.options.stack,
        '--config-file',
        this.settingsFile(scratch),
        '--json',
        ...args,
      ];
      const yes = operation === 'preview' ? [] : ['--yes', '--skip-preview'];
      const ended = await this.spawn([operation, ...common, ...yes], this.options.checkout, {
        onLine: (line) => {
          this.take(line, operation, gathering);
        },
      });
      if (ended.code !== 0 && gathering.summary.errors.length === 0)
        gathering.addError(withoutWarnings(ended.stderr) || `pulumi ended with ${ended.code}`);
      return { ...gathering.summary, ok: ended.code === 0 };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  private take(line: string, operation: Operation, gathering: Gathering): void {
    const event = parseEvent(line);
    if (!event) return;
    gathering.add(event);
    const told = progressLine(event, operation);
    if (told) this.options.progress?.(told);
  }

  /** The state of the stack, secrets still encrypted. */
  async exportState(): Promise<StackExport> {
    return parseExport(await this.succeed(['stack', 'export', '--stack', this.options.stack]));
  }

  /** Replaces the state of the stack. */
  async importState(state: StackExport): Promise<void> {
    const scratch = mkdtempSync(join(tmpdir(), 'aiinfn-state-'));
    try {
      const file = join(scratch, 'state.json');
      writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
      await this.succeed(['stack', 'import', '--stack', this.options.stack, '--file', file]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** Outputs of the stack; secret ones are masked unless asked for. */
  async outputs(showSecrets = false): Promise<Readonly<Record<string, unknown>>> {
    const args = [
      'stack',
      'output',
      '--json',
      '--stack',
      this.options.stack,
      ...(showSecrets ? ['--show-secrets'] : []),
    ];
    return JSON.parse(await this.succeed(args)) as Record<string, unknown>;
  }

  /** Runs a command of the engine that changes only the state (`state taint`, `cancel`, ...). @throws Error when it fails
   * @param input what it reads from standard input; secret values go there, never on a command line */
  async succeed(args: readonly string[], input = ''): Promise<string> {
    const ended = await this.spawn(args, this.options.settingsDir, { input });
    if (ended.code === 0) return ended.stdout;
    throw new Error(`pulumi ${args.slice(0, 2).join(' ')} failed: ${(ended.stderr || ended.stdout).trim()}`);
  }

  /** The settings of this run: the stack's own file and what the run adds, which is not kept. */
  private settingsFile(scratch: string): string {
    const kept = this.keptSettings();
    const config: Record<string, unknown> = { ...kept.config };
    for (const [key, value] of Object.entries(this.options.settings ?? {}))
      config[`${PROJECT}:${key}`] = value;
    const file = join(scratch, `Pulumi.${this.options.stack}.yaml`);
    writeFileSync(file, stringify({ ...kept, config }), { mode: 0o600 });
    return file;
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: this.options.path,
      PULUMI_BACKEND_URL: `file://${this.options.backendDir}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.options.passphraseFile,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      ...this.options.env,
    };
  }

  /** A session of its own keeps the terminal's Ctrl-C from killing the engine's children under its hands. */
  private spawn(args: readonly string[], cwd: string, how: Streams): Promise<Ended> {
    const { onLine, input } = how;
    return new Promise((resolve, reject) => {
      const child = spawn('pulumi', [...args, '--non-interactive', '--color', 'never'], {
        cwd,
        env: this.environment(),
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const forward = (): void => {
        child.kill('SIGINT');
      };
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, forward);
      const done = (): void => {
        for (const signal of signals) process.off(signal, forward);
      };
      if (child.pid !== undefined && onLine) this.options.onStart?.(child.pid);
      child.stdin.on('error', () => undefined); // A command that ends without reading is judged by its exit code.
      child.stdin.end(input ?? '');
      const [out, err]: [string[], string[]] = [[], []];
      createInterface({ input: child.stdout }).on('line', onLine ?? ((line: string) => out.push(line)));
      createInterface({ input: child.stderr }).on('line', (line) => err.push(line));
      child.on('error', (error) => {
        done();
        reject(notStarted(error, this.options.path));
      });
      child.on('close', (code, signal) => {
        done();
        if (signal) err.push(`the engine was ended by ${signal}`);
        resolve({ code: code ?? 1, stdout: out.join('\n'), stderr: err.join('\n') });
      });
    });
  }
}

function notStarted(error: Error, path: string): UserError {
  return new UserError('The Pulumi engine cannot be started.', [
    {
      rule: 'engine/program',
      path: 'pulumi',
      found: error.message,
      allowed: `the program pulumi in one of ${path.split(':').slice(0, 3).join(', ')}, ...`,
      fix: 'install Pulumi, or let `npx aiinfn up` build it',
    },
  ]);
}

/** The engine warns on standard error too, for example that it takes a plugin from PATH; that is not why it failed. */
function withoutWarnings(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !line.startsWith('warning: '));
  return lines.join('\n').trim();
}
