import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crossCompiler } from '../src/artifacts/cross-compiler.ts';
import { flags } from '../src/artifacts/probe.ts';
import { packageFile } from '../src/model/package-files.ts';

const sources = packageFile('initramfs/probes');
const names = (await readdir(sources)).filter((file) => file.endsWith('.c')).map((file) => file.slice(0, -2));

/** Probes that run as any program does: they need neither PID 1 nor the console, hold no clock against another, and do the host no harm. */
const runnable: readonly string[] = [
  'a0-badfd',
  'a0-efault',
  'a0-enosys',
  'a0-exit',
  'a0-faults',
  'a0-registers',
  'a0-unaligned',
  'a1-altstack',
  'a1-brk',
  'a1-cloexec',
  'a1-dup',
  'a1-fstat',
  'a1-lseek',
  'a1-mmap',
  'a1-pipes',
  'a1-protect',
  'a1-sigregs',
  'a1-signals',
  'a1-stack',
  'a1-wait',
];

/** Results that only PID 1 can have, or that the host's scheduler and load decide. */
const exempt: Readonly<Record<string, readonly string[]>> = {
  'a0-args': ['a0.args.number-getpid', 'a0.args.number-getppid'],
  'a0-loop': ['a0.loop.no-drift', 'a0.loop.no-memory-leak'],
  'a0-switch': ['a0.switch.did-switch'],
  'a0-timer': [],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bringup-probes-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Compiles a probe for x86-64 exactly as the guest's are compiled; the result is the program's path. */
async function compile(name: string, from = sources): Promise<string> {
  const { command } = await crossCompiler('x86_64');
  const program = join(folder, `${name}-${crypto.randomUUID()}`);
  await execa(command, ['-m64', ...flags, '-o', program, `${name}.c`], { cwd: from });
  return program;
}

interface Run {
  readonly exitCode: number | undefined;
  readonly failed: readonly string[];
  readonly passed: number;
  readonly output: string;
}

async function run(program: string): Promise<Run> {
  const { exitCode, stdout } = await execa(program, { cwd: folder, reject: false, stdin: 'ignore', timeout: 30_000 });
  const lines = stdout.split('\n');
  return {
    exitCode,
    failed: lines.filter((line) => line.startsWith('[FAIL] ')).map((line) => line.split(' ')[1] as string),
    passed: lines.filter((line) => line.startsWith('[PASS] ')).length,
    output: stdout,
  };
}

test.for(names)('%s compiles for x86-64 without a warning', async (name) => {
  await compile(name);
});

describe('on the host’s own kernel', () => {
  test.for(runnable)('%s passes and exits 0', async (name) => {
    const { exitCode, passed, output } = await run(await compile(name));
    expect(exitCode, output).toBe(0);
    expect(output).toContain(`PROBE COMPLETE ${name} passed=${passed} failed=0`);
    expect(passed).toBeGreaterThan(0);
  });

  test.for(Object.entries(exempt))('%s passes, but for what the host decides', async ([name, ids]) => {
    const { exitCode, passed, failed, output } = await run(await compile(name));
    expect(
      failed.filter((id) => !ids.includes(id)),
      output,
    ).toEqual([]);
    expect(output).toContain(`PROBE COMPLETE ${name} passed=${passed} failed=${failed.length}`);
    expect(exitCode, 'the exit status agrees').toBe(failed.length > 0 ? 1 : 0);
    expect(passed).toBeGreaterThan(0);
  });

  test('a0-loop says what a call takes, and of how many', async () => {
    const { output } = await run(await compile('a0-loop'));
    const figures = Object.fromEntries(
      [...output.matchAll(/^METRIC getpid_ns_(\w+)=(\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    expect(figures).toMatchObject({ samples: 10_000 });
    expect(figures.p50).toBeGreaterThan(0);
    expect(figures.p99).toBeGreaterThanOrEqual(figures.p50 as number);
  });
});

describe('a kernel that destroys a register is told from one that keeps it', () => {
  /** Instructions in the place of a careless kernel, right behind the event. */
  async function runWith(name: string, event: RegExp, careless: string): Promise<Run> {
    const copy = await mkdtemp(join(folder, 'careless-'));
    await cp(sources, copy, { recursive: true });
    const header = join(copy, 'registers-x86-64.h');
    const text = await readFile(header, 'utf8');
    const changed = text.replace(event, (line) => `${line}  "  ${careless}\\n"\n`);
    expect(changed).not.toBe(text);
    await writeFile(header, changed);
    return run(await compile(name, copy));
  }

  test.for([
    { what: 'RBX', careless: 'not %rbx', kind: 1 },
    { what: 'RDX and flags', careless: 'inc %edx', kind: 1 | 16 },
    { what: 'R8 and R9, exchanged', careless: 'xchg %r8, %r9', kind: 1 },
    { what: 'R15’s upper half', careless: 'mov %r15d, %r15d', kind: 1 },
    { what: 'RSP', careless: 'lea -8(%rsp), %rsp', kind: 2 },
    { what: 'XMM9’s upper half', careless: 'movq %xmm9, %xmm9', kind: 4 },
    { what: 'MXCSR', careless: 'ldmxcsr usual_mxcsr(%rip)', kind: 8 },
    { what: 'the carry flag', careless: 'cmc', kind: 16 },
    { what: 'the direction flag', careless: 'cld', kind: 16 },
  ])('a0-registers, $what', async ({ careless, kind }) => {
    const { exitCode, failed, output } = await runWith('a0-registers', /^ {2}" {2}syscall\\n"\n/m, careless);
    expect(exitCode, output).toBe(1);
    expect(failed).toHaveLength(5);
    expect(output).toContain(`rflags=16 rax-r11=32, got ${kind})`);
  });

  test('a0-switch, R11', async () => {
    const { failed, output } = await runWith('a0-switch', /^ {2}"1: lea -1\(%rcx\), %rcx\\n"\n/m, 'mov %ecx, %r11d');
    expect(failed).toEqual(expect.arrayContaining(['a0.switch.first-program', 'a0.switch.second-program']));
    expect(output).toContain('rflags=16 rax-r11=32, got 32)');
  });
});
