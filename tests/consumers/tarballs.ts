/** What `npm publish` would send, and applications that install it. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../..');
export const PACKAGES = ['client', 'vue', 'uni', 'verify'] as const;
export type PackageName = (typeof PACKAGES)[number];

const FIXTURES = join(import.meta.dirname, 'fixtures');
const run = promisify(execFile);

/** Runs a command and returns what it printed; a failure carries both of its streams. */
export async function command(cwd: string, program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args, { cwd, maxBuffer: 1 << 24 });
    return stdout;
  } catch (failure) {
    const { stdout, stderr } = failure as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}:\n${stdout}\n${stderr}`);
  }
}

/** A new folder below the system's, which {@link sweep} removes. */
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'tally-consumers-'));
  folders.push(made);
  return made;
}

const folders: string[] = [];

/** Removes all folders of this run. */
export async function sweep(): Promise<void> {
  await Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true, force: true })));
}

/** The path of each package's tarball. */
export type Tarballs = Record<PackageName, string>;

/** Packs all packages, each built by its own `prepack`. */
export async function pack(): Promise<Tarballs> {
  const target = await folder();
  const packed: Partial<Tarballs> = {};
  // One after the other: each builds the client first.
  for (const name of PACKAGES) {
    const source = join(ROOT, 'packages', name);
    const said = await command(source, 'npm', 'pack', '--silent', '--pack-destination', target);
    packed[name] = join(target, said.trim().split('\n').at(-1) ?? '');
  }
  return packed as Tarballs;
}

/** The names of all files in a tarball, without npm's leading `package/`. */
export async function namesIn(tarball: string): Promise<string[]> {
  const listed = await command(ROOT, 'tar', '-tzf', tarball);
  return listed
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
}

/** An application in a folder of its own: its sources, its locked dependencies, and our tarballs. */
export async function install(
  sources: string,
  tarballs: readonly string[],
  dependencies = sources,
): Promise<string> {
  const home = await folder();
  await cp(join(FIXTURES, sources), home, { recursive: true });
  if (dependencies !== sources) await cp(join(FIXTURES, dependencies), home, { recursive: true });
  const { devDependencies } = JSON.parse(await readFile(join(home, 'package.json'), 'utf-8')) as {
    devDependencies?: object;
  };
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
  if (devDependencies) await command(home, 'npm', 'ci', ...quietly);
  await command(home, 'npm', 'install', '--no-save', ...quietly, ...tarballs);
  return home;
}
