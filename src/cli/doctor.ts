import {
  checkRequirements,
  installCommand,
  installRequirements,
  missingOf,
  packagesOf,
  type RequirementState,
} from '../artifacts/requirements.ts';
import { runsFromSource } from '../model/package-files.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { hostFindings } from './doctor/host.ts';
import { type DoctorReport, type Finding, renderReport } from './doctor/report.ts';

/** The installed package has neither bringup's own tests nor its benchmarks. */
const scope = runsFromSource ? 'test' : 'run';

export const command: Command = {
  name: 'doctor',
  summary: 'list what bringup needs on this host, what is missing, and the fix',
  usage: `usage: bringup doctor [--install] [--json]

  --install   install the missing Debian packages first (as root, or by a sudo that asks for no password)
  --json      print the report as JSON

In a clone, what only \`bringup test\` and \`bringup bench\` need is a warning where it is missing.

Exit code: 0 nothing that \`bringup run\` needs is missing, 3 something is.
`,
  async run(argv, io) {
    const options = { install: { type: 'boolean' }, json: { type: 'boolean' } } as const;
    const { values } = parseArguments(argv, options, { allowPositionals: false });
    const missing = missingOf(checkRequirements(scope));
    if (values.install && missing.length > 0) {
      await installRequirements(missing, { onProgress: (message) => io.stderr.write(`bringup: ${message}\n`) });
    }
    const report = await examine();
    io.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
    return report.ok ? 0 : 3;
  },
};

async function examine(): Promise<DoctorReport> {
  const needed = checkRequirements(scope);
  const rivals = checkRequirements(runsFromSource ? 'bench' : 'run').filter(({ requirement }) => requirement.scope === 'bench');
  const findings = [
    ...(await hostFindings()),
    // What only bringup's own tests need keeps nobody from running the phases.
    ...needed.map((state) => requirementFinding(state, state.requirement.scope === 'run' ? 'missing' : 'warning')),
    ...rivals.map((state) => requirementFinding(state, 'warning')),
  ];
  const missing = missingOf(needed);
  return {
    ok: findings.every(({ state }) => state !== 'missing'),
    findings,
    installCommand: missing.length === 0 ? null : installCommand(packagesOf(missing)),
  };
}

function requirementFinding({ requirement, found }: RequirementState, absent: 'missing' | 'warning'): Finding {
  const { id, why, debianPackage } = requirement;
  if (found !== null) return { id, why, state: 'ok', found, fix: null };
  return { id, why, state: absent, found, fix: `install Debian’s ${debianPackage}` };
}
