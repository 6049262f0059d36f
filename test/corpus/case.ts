/** One console log of the corpus: what is done to which machine, and when its console has said all. */
export interface CorpusCase {
  /** The log's file name, without `.log`. */
  readonly name: string;
  /** Lines typed at the guest's shell, each after the prompt that follows the one before. */
  readonly type?: readonly string[];
  /** For a case with a boot of its own, kernel parameters after the machine's. */
  readonly append?: readonly string[];
  /** The log is recorded until this has been printed and the console is silent. @default only silence */
  readonly until?: RegExp;
  /** Seconds without output that are the end. @default 3 */
  readonly silence?: number;
  /** Seconds after which the recording ends whatever comes. @default 60 */
  readonly seconds?: number;
  /** Instead of the machine's. */
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly cpu?: string;
  readonly machineType?: string;
  readonly qemuArgs?: readonly string[];
  /** Programs that the userland has besides. */
  readonly overlay?: Readonly<Record<string, string>>;
}
