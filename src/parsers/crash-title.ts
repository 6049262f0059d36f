/** Longest title in UTF-16 code units. */
export const maxTitleLength = 120;

/** A title without what differs from one occurrence to the next (addresses, offsets, PIDs), so that equal crashes have equal titles. */
export function normaliseTitle(title: string): string {
  const stable = title
    .replace(/\+0x[0-9a-f]{1,16}(?:\/0x[0-9a-f]{1,16})?/gi, '')
    .replace(/(?<!exitcode=)\b0x[0-9a-f]{5,16}\b/gi, 'ADDR')
    .replace(/\b(?=[0-9a-f]{0,15}\d)[0-9a-f]{16}\b/gi, 'ADDR')
    .replace(/\b(pid|cpu|pfn)([ :=#]{1,3})\d{1,10}\b/gi, '$1$2N')
    .replace(/\bstuck for \d{1,9}s/g, 'stuck for Ns')
    .replace(/([a-z])\/u?\d{1,10}(?::\d{1,10})?\w{0,2}(?=$|[\s,])/g, '$1/N')
    .replace(/(\w)\[\d{1,10}\]/g, '$1')
    .replace(/\s{1,64}/g, ' ')
    .trim();
  return stable.length <= maxTitleLength ? stable : `${cutText(stable, maxTitleLength - 1)}…`;
}

/** The first UTF-16 code units of a text, no surrogate pair cut in two. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const splitsPair = (text.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return text.slice(0, splitsPair ? length - 1 : length);
}

/** Fills `$1` ... `$9` of a title with a match's groups, and `$0` with the title so far. */
export function fillTitle(title: string, match: RegExpMatchArray, soFar = ''): string {
  return title.replace(/\$([0-9])/g, (_, group: string) => (group === '0' ? soFar : (match[Number(group)] ?? '')));
}
