/** Absolute paths and file URLs in a message, e.g. of QEMU's, cut to their last part: host paths never enter a report. */
export function withoutFolders(message: string): string {
  return message.replaceAll('file:///', '/').replace(/(^|[\s=:,'"(])\/(?!\/)(?:[^\s,=:'"()/]+\/)*/gm, '$1');
}
