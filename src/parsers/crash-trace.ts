import { sourceName } from './generic-frames.ts';

/** A place in the kernel's code as a report names it. */
export interface CodePlace {
  /** Function. */
  readonly name?: string;
  /** Hexadecimal, without `0x`, where the report has no name. */
  readonly address?: string;
  /**
   * Set where the name is likely wrong: beyond the function's end; at its very start, where a return address lies behind a call that never
   * returns.
   */
  readonly isDoubtful?: true;
  /** Set for a function of a module: none of the kernel's helpers, whatever its name. */
  readonly isInModule?: true;
}

/** Functions of a back trace that are kept. */
const maxFrames = 64;

const header =
  /^\s{0,8}(?:(?:call trace|backtrace|stack backtrace|kdb: stack backtrace|stack trace|starting stack trace|cpu\d{1,4}: begin traceback)\b[^:.]{0,40}[:.]|bug: kmsan: |(?:assert no accesses|race at unknown origin|(?:read|write|read-write)(?: \(\w{1,20}\))?) to 0x[0-9a-f]{1,16} of )/i;
/** `f+0x1c/0x40 [module]`: name, offset, size, module. */
const place = String.raw`([A-Za-z_.$][\w.$]{0,120})\+0x([0-9a-f]{1,8})(?:\/0x([0-9a-f]{1,8}))?(?: \[([\w-]{1,60}))?`;
const named = new RegExp(String.raw`^\s{0,8}(?:#\d{1,3}:? {1,4}(?:0x[0-9a-f]{1,16} at )?)?(?:\[<[0-9a-fx() _]{1,24}>\] {0,4})?${place}`);
const guessed = new RegExp(String.raw`^\s{0,8}(?:\[<[0-9a-f]{8,16}>\] )?\? ${place}`);
const link = new RegExp(`^lr : ${place}`);
const counterPlace = new RegExp(String.raw`^(?:pc : |PC is at |RIP: 0010:|EIP: )(?:\[<[0-9a-f]{8,16}>\] )?${place}`);
/** A frame of a kernel that puts no header before its back trace. */
const headless = /^(?:#\d{1,3} {1,4}[A-Za-z_]\w{0,120}\+0x|[\w.]{1,120}\(.{0,300}?\) at (?:netbsd:)?\w)/;
const lost = /^(?:Unable to handle kernel execute from |#PF: supervisor instruction fetch|kernel tried to execute NX-protected page)/;
const inlined = /^\s{0,8}([A-Za-z_][\w.]{0,120}) \S{1,200}:\d{1,7} \[inline\]/;
const bsd = /^(?:#\d{1,3} )?[\w.]{1,120}\(.{0,300}?\) at (?:netbsd:)?(\w[\w.]{0,120})(?:\+0x|$)/;
const raw = /^\s{0,8}(?:#\d{1,3}:? {1,4}|\[<)?(?:0x)?([0-9a-f]{8,16})(?:>\])?\s{0,4}$/;
const mark = /^\s{0,8}(?:<\/?[A-Z#]{2,12}>|={3,}|-{3,}|\? |CPU: |Hardware name: |Tainted: |\[<[0-9a-f]{8,16}>\] \? )/;
const counter =
  /^(?:(?:pc : |PC is at |RIP: 0010:|EIP: )(?:\[<[0-9a-f]{8,16}>\] )?(?:0x)?([0-9a-f]{1,16})\b|Stopped (?:in pid \S{1,20} \([^)]{1,40}\) )?at {1,12}(?:netbsd:)?([A-Za-z_][\w.]{0,120})(?:\+0x|:\s))/;
/** SIS's register dump. */
const registerPc = /^.{0,60}?\bpc: {1,4}([0-9a-f]{16})\b/;
const cpuLine = /^CPU: (\d{1,6}) (?:UID: \d{1,10} )?PID: (\d{1,10})(?: Comm: (.{1,40}?) (?:Not tainted|Tainted|Kdump|\d))?/;

/** Reads a crash report's lines for where it happened and who did it. */
export class CrashTrace {
  /** Of the first back trace, in order. */
  readonly frames: CodePlace[] = [];
  /** The program counter of the fault. */
  counter: CodePlace | undefined;
  /** AArch64's link register: who called, where the function called has no frame. */
  link: CodePlace | undefined;
  /** What the unwinder only guesses: the first one. */
  guess: CodePlace | undefined;
  cpu: number | undefined;
  task: string | undefined;
  pid: number | undefined;
  /** What shows that lines of several reports are mixed. */
  mixed: string | undefined;
  /** Whether it came to the registers' or the task's lines, which stand before the back trace. */
  #hasHead = false;
  /** Whether the fault is that the program counter points to no code. */
  #isLost = false;
  #state: 'before' | 'in' | 'over' = 'before';

  /** Takes what a signature's or a detail's groups tell; what is known already stays. */
  takeGroups(groups: Readonly<Record<string, string | undefined>> | undefined): void {
    if (groups === undefined) return;
    const { cpu, pid, task, pc } = groups;
    if (cpu !== undefined) this.cpu ??= Number(cpu);
    if (pid !== undefined) this.pid ??= Number(pid);
    if (task !== undefined) this.task ??= task;
    if (pc !== undefined) this.counter ??= { address: pc };
  }

  /** Whether the back trace must be still to come. */
  get isCutShort(): boolean {
    return this.#hasHead && this.#state !== 'over' && this.frames.length === 0;
  }

  take(text: string): void {
    if (this.#state === 'over') return;
    this.#takeCpuLine(text);
    this.#hasHead ||= text.startsWith('Modules linked in:');
    this.#isLost ||= lost.test(text);
    if (this.counter === undefined) {
      const place = readCounter(text);
      this.#hasHead ||= place !== undefined;
      this.counter = place && this.#isLost ? { ...place, isDoubtful: true } : place;
    }
    this.link ??= readPlace(link.exec(text));
    if (header.test(text)) {
      if (this.#state === 'in' && this.frames.length > 0) this.mixed ??= 'a second back trace begins within the first';
      this.#state = 'in';
    } else if (this.#state === 'in' || headless.test(text)) {
      this.#state = 'in';
      this.#takeFrame(text);
    }
  }

  #takeFrame(text: string): void {
    const frame = readFrame(text);
    if (frame === undefined) this.guess ??= readGuess(text);
    if (frame !== undefined && this.frames.length < maxFrames) this.frames.push(frame);
    else if (frame === undefined && this.frames.length > 0 && !mark.test(text) && !guessed.test(text)) this.#state = 'over';
  }

  #takeCpuLine(text: string): void {
    const match = cpuLine.exec(text);
    if (match === null) return;
    const [, cpu, pid, task] = match;
    const isOther = (this.cpu !== undefined && this.cpu !== Number(cpu)) || (this.pid !== undefined && this.pid !== Number(pid));
    if (isOther) {
      this.mixed ??= `lines of CPU ${this.cpu ?? '?'}, PID ${this.pid ?? '?'} and of CPU ${cpu}, PID ${pid} are mixed`;
      return;
    }
    this.#hasHead = true;
    this.takeGroups({ cpu, pid, task });
  }
}

function readCounter(text: string): CodePlace | undefined {
  // A fault may well be at the start of a function.
  const known = readPlace(counterPlace.exec(text), true);
  if (known !== undefined) return known;
  const match = counter.exec(text);
  if (match !== null) return match[1] === undefined ? { name: sourceName(match[2] as string) } : { address: match[1] };
  const address = text.includes('pc:') ? registerPc.exec(text)?.[1] : undefined;
  return address === undefined ? undefined : { address };
}

function readFrame(text: string): CodePlace | undefined {
  const withOffset = readPlace(named.exec(text));
  if (withOffset !== undefined) return withOffset;
  const name = (inlined.exec(text) ?? bsd.exec(text))?.[1];
  if (name !== undefined) return { name: sourceName(name) };
  const address = raw.exec(text)?.[1];
  return address === undefined ? undefined : { address };
}

function readGuess(text: string): CodePlace | undefined {
  return readPlace(guessed.exec(text));
}

/** What `place` matched. */
function readPlace(match: RegExpExecArray | null, mayBeStart = false): CodePlace | undefined {
  if (match === null) return undefined;
  const [, name = '', offset = '', size, module] = match;
  const at = Number.parseInt(offset, 16);
  const isDoubtful = (at === 0 && !mayBeStart) || (size !== undefined && at > Number.parseInt(size, 16));
  return { name: sourceName(name), ...(isDoubtful ? { isDoubtful } : {}), ...(module === undefined ? {} : { isInModule: true }) };
}
