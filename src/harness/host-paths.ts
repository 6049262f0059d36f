/** Absolute paths in a message, e.g. of QEMU's, cut to their last part: host paths never enter a report. */
export function withoutFolders(message: string): string {
  return message.replace(/(^|[\s=:,'"(])\/(?!\/)(?:[^\s,=:'"()/]+\/)*/gm, '$1');
}
