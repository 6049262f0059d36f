import assert from 'node:assert/strict';
import { type CheckContext, check } from '../define.ts';

const boots = 4;

/** What must differ from boot to boot. */
export const bootChecks = [
  check(
    'd.random.boots',
    `32 bytes of /dev/urandom are others after each of ${boots} boots`,
    { guest: { init: 'shell', boots: true }, budgetMs: 240_000 },
    async (context) => {
      const seen = await eachBoot(context, "head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n'");
      for (const bytes of seen) assert.match(bytes, /^[0-9a-f]{64}$/);
      assert.equal(new Set(seen).size, boots, `different bytes of ${boots} boots: ${seen.join(', ')}`);
    },
  ),

  check(
    'd.kaslr.boots',
    `the kernel lies elsewhere after some of ${boots} boots`,
    {
      guest: { init: 'shell', boots: true },
      budgetMs: 240_000,
      skipWhere: ({ capabilities }) =>
        capabilities.includes('kaslr') ? undefined : 'the profile does not say that the kernel moves (kaslr)',
    },
    async (context) => {
      const seen = await eachBoot(context, "grep ' _stext$' /proc/kallsyms | cut -d ' ' -f 1");
      for (const address of seen) assert.match(address, /^ffff[0-9a-f]{12}$/);
      // Of 2^9 places and more all four are the same once in 10^8 runs.
      assert.ok(new Set(seen).size > 1, `addresses of the kernel that differ; found: ${seen.join(', ')}`);
    },
  ),
];

/** What the command prints after each boot. */
async function eachBoot(context: CheckContext, command: string): Promise<string[]> {
  const seen: string[] = [];
  for (let guest = context; ; guest = await guest.restart('reboot')) {
    seen.push((await guest.shell.run(command, { captured: true, signal: guest.signal })).output.trim());
    if (seen.length === boots) return seen;
  }
}
