/** Small text forms that several reports share. */

/** `850 ms`, `1.6 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** `1 check`, `2 checks`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

// Everything but #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF] (XML 1.0, 2.2 Characters).
const xmlIllegal = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** Without the characters that XML 1.0 forbids, even escaped or in CDATA. */
export function stripXmlIllegal(text: string): string {
  return text.replace(xmlIllegal, '');
}

/**
 * At most `maxUnits` UTF-16 units of the start of `text`, never half a surrogate pair.
 */
export function takeStart(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  return text.slice(0, isLowSurrogate(text, maxUnits) ? maxUnits - 1 : maxUnits);
}

/** The last `maxLines` lines, at most `maxUnits` UTF-16 units, never half a surrogate pair. */
export function takeEnd(text: string, maxUnits: number, maxLines = Number.POSITIVE_INFINITY): string {
  const from = Math.max(0, text.length - maxUnits);
  const end = text.slice(isLowSurrogate(text, from) ? from + 1 : from);
  const lines = end.split('\n');
  return lines.slice(Math.max(0, lines.length - maxLines)).join('\n');
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/**
 * Breaks what GitHub's log would take for a command: it reads `::name ...::` at a line's start, white space before it allowed, and
 * `##[name]` anywhere in it.
 */
export function neutraliseWorkflowCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1:\u200b').replace(/##(?=\[)/g, '#\u200b#');
}
