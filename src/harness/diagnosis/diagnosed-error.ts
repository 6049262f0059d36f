import { BringupError } from '../../model/errors.ts';
import { describeClue } from './clues.ts';
import { type DiagnosisVerdict, decide, type Evidence } from './decide.ts';
import { describeActivity, describeLoss, noteworthy } from './wording.ts';

/** The error of a wait that ran out, with what the guest was doing then. */
export class DiagnosedError extends BringupError {
  readonly verdict: DiagnosisVerdict;

  /** The same error with its cause settled, what was seen, and what to do. */
  constructor(error: BringupError, evidence: Evidence) {
    const { activity, console, host, symbols } = evidence;
    const { verdict, cause, text, hint } = decide(error.code, evidence);
    const facts = [
      ...(console.lastMarker === undefined ? [] : [`last marker "${console.lastMarker}"`]),
      `${console.linesReceived} lines`,
      `${console.bytesReceived} bytes`,
    ].join(', ');
    const loss = host.lost >= noteworthy && verdict !== 'starved' ? `; ${describeLoss(host)}` : '';
    super(error.code, `${error.shortMessage} (${facts}; ${describeActivity(activity, symbols)}${loss}): ${text}`, {
      hint: [error.hint, hint, ...console.clues.map(describeClue)].filter((part) => part !== undefined).join(' ') || undefined,
      ...(error.consoleTail === undefined ? {} : { consoleTail: error.consoleTail }),
      failureCause: cause ?? error.failureCause,
      cause: error.cause,
    });
    this.verdict = verdict;
  }
}
