/** Text that a program begins by going back to the line's start (`\rSent SIGTERM to all processes`), without that. */
export function withoutLeadingReturn(text: string): string {
  return text.startsWith('\r') ? text.slice(1) : text;
}
