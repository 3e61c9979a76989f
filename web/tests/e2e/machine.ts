// SPDX-License-Identifier: AGPL-3.0-or-later
/** A machine that is not set up: a real `posthouse up --setup` in a directory and on ports of its own. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL('../../../target/debug/posthouse', import.meta.url));
const POSTHOUSE = process.env['POSTHOUSE_BIN'] ?? BUILT;
const PORTS = [25, 80, 110, 143, 443, 587, 993, 995, 4190, 7025, 7071, 9464];
const HTTPS = 443;
/** All ports stay below those that outgoing connections get (32768 and above). */
const OFFSETS = { first: 14_000, step: 100, count: 50 };

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

async function freeOffset(): Promise<number> {
  for (let n = 0; n < OFFSETS.count; n++) {
    const offset = OFFSETS.first + n * OFFSETS.step;
    const free = await Promise.all(PORTS.map((port) => isFree(port + offset)));
    if (!free.includes(false)) return offset;
  }
  throw new Error('no free ports for a machine');
}

export class Machine {
  private child: ChildProcess | undefined;

  private constructor(
    readonly state: string,
    private readonly offset: number,
  ) {}

  /** Ready when this resolves. */
  static async start(): Promise<Machine> {
    const machine = new Machine(mkdtempSync(join(tmpdir(), 'posthouse-setup-')), await freeOffset());
    await machine.up();
    return machine;
  }

  get url(): string {
    return `https://127.0.0.1:${HTTPS + this.offset}`;
  }

  private async up(): Promise<void> {
    const words = ['up', '--setup', '--port-offset', String(this.offset), '--state', this.state];
    const child = spawn(POSTHOUSE, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', () =>
        reject(new Error(`posthouse ended: is ${POSTHOUSE} built, with mailboxd beside it?`)),
      );
      child.once('error', reject);
    });
  }

  /** Pulls the plug, and switches it on again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.up();
  }

  private kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  posthouse(...words: string[]): string {
    return execFileSync(POSTHOUSE, [...words, '--state', this.state], { encoding: 'utf8', stdio: 'pipe' });
  }

  /** As whoever stands at the console reads it. */
  code(): string {
    return readFileSync(join(this.state, 'setup/code'), 'utf8').trim();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.state, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
