/** Name and version in a package file's name: `name_version_arch.deb` or `name_version.dsc`; apt writes an epoch's colon as %3a. */
export function packageOfFile(fileName: string): { name: string; version: string } {
  const [name = '', version = ''] = fileName.replace(/\.(deb|dsc)$/, '').split('_');
  return { name, version: decodeURIComponent(version) };
}
