/**
 * Damages what readers of foreign bytes are given, for as long as is asked for: `pnpm fuzz [SECONDS] [SEED]` (60, random). Prints each
 * finding as JSON with its input, made small, and how to get it again; exits with 1 if there is one. `FUZZ_TARGETS=a,b` names the targets.
 */
import { parserTargets } from './parser-targets.ts';
import { protocolTargets } from './protocol-targets.ts';
import { tryOnce } from './run.ts';

const [seconds = '60', firstSeed = String(Math.floor(Math.random() * 2 ** 31))] = process.argv.slice(2);
const chosen = process.env.FUZZ_TARGETS?.split(',');
const targets = [...parserTargets, ...protocolTargets].filter(({ name }) => chosen?.includes(name) ?? true);
const corpora = await Promise.all(targets.map(({ corpus }) => corpus()));
const untilMs = performance.now() + Number(seconds) * 1_000;
const known = new Set<string>();
let tried = 0;
console.error(`fuzzing ${targets.map(({ name }) => name).join(', ')} for ${seconds} s from seed ${firstSeed}`);
for (let seed = Number(firstSeed); performance.now() < untilMs; seed += 1) {
  for (const [index, target] of targets.entries()) {
    tried += 1;
    const finding = await tryOnce(target, corpora[index] ?? [], seed);
    // The same fault is found over and over.
    const fault = `${finding?.target} ${finding?.message.replaceAll(/\d+/g, 'N').slice(0, 200)}`;
    if (finding === undefined || known.has(fault)) continue;
    known.add(fault);
    console.log(JSON.stringify({ ...finding, input: Buffer.from(finding.input).toString('latin1') }));
  }
}
console.error(`${tried} inputs, ${known.size} findings`);
process.exitCode = known.size > 0 ? 1 : 0;
