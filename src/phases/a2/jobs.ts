import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CheckContext, check } from '../define.ts';

const waitMs = 15_000;

/** Job control as a person uses it: commands and keys are typed at the console, and the screen is read. */
export const jobChecks = [
  check('a2.pty.script', "`script -qc 'echo PTY OK' /dev/null` prints PTY OK", async ({ shell }) => {
    const { output, exitStatus } = await shell.run("script -qc 'echo PTY OK' /dev/null");
    assert.match(output, /^PTY OK\r?$/m);
    assert.equal(exitStatus, 0, `exit status; it printed: ${output}`);
    const inside = await shell.run("script -qc 'tty; test -t 0 && test -t 1 && echo both''ends' /dev/null");
    assert.match(inside.output, /^\/dev\/pts\/\d+\r?$/m, 'the command runs on a terminal of its own');
    assert.match(inside.output, /^bothends\r?$/m, 'its input and its output are a terminal');
  }),

  check('a2.jobs.stop', 'Ctrl-Z stops the foreground job: the prompt is back, `jobs` lists it as stopped', async (context) => {
    const pid = await startJob(context);
    await stopJob(context);
    assert.equal(await stateOf(context, pid), 'T', 'state of the job in /proc/<pid>/stat');
    assert.match(await jobs(context), /^\[1\].*Stopped/m);
  }),

  check('a2.jobs.bg', '`bg` has a stopped job run on in the background, and the shell answers meanwhile', async (context) => {
    const pid = await startJob(context);
    await stopJob(context);
    await type(context, 'bg');
    assert.match(await jobs(context), /^\[1\].*Running/m);
    assert.doesNotMatch(await jobs(context), /Stopped/);
    assert.match(await stateOf(context, pid), /^[RSD]$/, 'state of the job in /proc/<pid>/stat');
    await context.console.send('\x03');
    await type(context, 'echo');
    assert.match(await stateOf(context, pid), /^[RSD]$/, 'state of the job after Ctrl-C, which it must not get');
  }),

  check('a2.jobs.fg', '`fg` brings a stopped job back: keys reach it again, and the shell waits', async (context) => {
    const pid = await startJob(context);
    await stopJob(context);
    await context.console.sendLine('fg');
    // The job says so itself: before that, a key would reach the shell.
    await context.console.expect('continued', context.within(waitMs));
    await context.console.send('\x03');
    await context.console.expect(context.profile.prompt, context.within(waitMs));
    assert.equal(
      await lineOf(context, `echo "fore""ground=$? $(test -e /proc/${pid} && echo lives || echo gone)="`),
      'foreground=130 gone=',
    );
    assert.equal(await jobs(context), '', 'what `jobs` lists afterwards');
  }),

  check(
    'a2.jobs.background-read',
    'a background job that reads the terminal is stopped, and reads on in the foreground',
    async (context) => {
      const { console, profile, signal, within } = context;
      const started = await lineOf(context, 'cat > /tmp/typed & echo "pi""d=$!="');
      const pid = started.slice('pid='.length, -1);
      // A moment after it began; each look takes as long as the console does.
      let state = '';
      for (let looks = 0; looks < 100 && state !== 'T'; looks += 1) {
        state = await stateOf(context, pid);
        await sleep(50, undefined, { signal });
      }
      assert.equal(state, 'T', 'state of the job that reads in the background');
      assert.match(await jobs(context), /^\[1\].*Stopped/m);
      await console.sendLine('fg');
      await console.expect(/\bcat\b/, within(waitMs));
      await console.send('to the job\n\x04');
      await console.expect(profile.prompt, within(waitMs));
      assert.equal(await lineOf(context, 'echo "con""tent=$(cat /tmp/typed)="'), 'content=to the job=');
    },
  ),
];

/** It tells of its start and of each SIGCONT, and sleeps. */
const job = ['#!/bin/sh', "trap 'echo continued' CONT", 'echo underway=$$=', 'while :; do sleep 1; done'];

/** Starts a job in the foreground and gives its process id. */
async function startJob({ shell, console, within }: CheckContext): Promise<string> {
  await shell.run(`printf '%s\\n' ${job.map((line) => `"${line.replaceAll('$', '\\$')}"`).join(' ')} > /tmp/job && chmod +x /tmp/job`);
  await console.sendLine('/tmp/job');
  const { groups } = await console.expect(/underway=(?<pid>\d+)=/, within(waitMs));
  return String(groups.pid);
}

async function stopJob({ console, profile, within }: CheckContext): Promise<void> {
  await console.send('\x1a');
  await console.expect(profile.prompt, within(waitMs));
}

/** Types a command and waits for the prompt after it. */
async function type(context: CheckContext, command: string): Promise<void> {
  assert.equal(await lineOf(context, `${command}; echo "do""ne="`), 'done=');
}

/** Types a command that ends its output with `=`, and gives the line that ends so. */
async function lineOf({ console, profile, within }: CheckContext, command: string): Promise<string> {
  await console.sendLine(command);
  const { groups } = await console.expect(/^(?<line>[^"\n]*=)\n/m, within(waitMs));
  await console.expect(profile.prompt, within(waitMs));
  return String(groups.line);
}

/** What `jobs` prints. */
async function jobs({ console, profile, within }: CheckContext): Promise<string> {
  await console.sendLine('jobs; echo "all""=jobs"');
  const { before } = await console.expect(/^all=jobs\n/m, within(waitMs));
  await console.expect(profile.prompt, within(waitMs));
  // Behind the echo of what was typed.
  return before.slice(before.indexOf('\n') + 1).trim();
}

async function stateOf(context: CheckContext, pid: string): Promise<string> {
  return (await lineOf(context, `echo "$(cut -d ' ' -f 3 /proc/${pid}/stat)="`)).slice(0, -1);
}
