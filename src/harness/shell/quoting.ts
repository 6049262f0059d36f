/** Single quotes, as POSIX's shell grammar takes them (2.2.2). */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command in characters that can be typed. */
export interface TypedText {
  readonly text: string;
  /** Whether `text` is a format of printf(1) that gives the command. */
  readonly encoded: boolean;
}

/** What a terminal or a line editor might act on, or cut to pieces, becomes an octal escape of printf's (POSIX, printf). */
export function encode(command: string): TypedText {
  if (/^[\x20-\x7e]*$/.test(command)) return { text: command, encoded: false };
  const octal = Array.from(Buffer.from(command, 'utf8'), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9 _./=,;]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return { text: octal.join(''), encoded: true };
}

/** Cuts text to lines of at most that many characters. */
export function cut(text: string, maxChars: number): string[] {
  return Array.from({ length: Math.ceil(text.length / maxChars) }, (_, index) => text.slice(index * maxChars, (index + 1) * maxChars));
}
