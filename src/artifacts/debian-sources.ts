/**
 * The host's apt sources, read as text (sources.list(5)): which of them are Debian's archive, and the same again for a
 * private apt root.
 */

/** One file below /etc/apt that names sources. */
export interface SourcesFile {
  /** Its name decides how it is read: `.sources` is deb822, else it has a source a line. */
  readonly name: string;
  readonly text: string;
}

/** A deb822 stanza: field names in lower case, values as written (continuation lines included). */
type Stanza = ReadonlyMap<string, string>;

/** Debian's own suites: a release, its updates, its security; no backports, no other project's suites. */
const suitePattern = /^[a-z]+(-updates|-security|\/updates)?$/;
/** Debian’s mirrors and their mirror lists are called so; the archive of snapshots adds a time. */
const archivePattern = /\/[^/]*debian[^/]*(\/\d{8}T\d{6}Z)?\/?$/;

/**
 * Those sources that look like Debian's archive, as deb822 text; empty where there is none. Options such as Signed-By
 * are kept; Architectures is not (a private root has its own), and of the components only `main` is. What looks like
 * Debian's archive and isn't must be told by its Release file.
 * @param types What to fetch of each: `deb`, `deb-src`.
 */
export function debianSources(files: readonly SourcesFile[], types: readonly ('deb' | 'deb-src')[]): string {
  const stanzas = files.flatMap(({ name, text }) => (name.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text)));
  return [...new Set(stanzas.flatMap((stanza) => privateStanza(stanza, types)))].join('\n');
}

function privateStanza(stanza: Stanza, types: readonly string[]): string[] {
  const words = (field: string) => (stanza.get(field) ?? '').split(/\s+/).filter(Boolean);
  const uris = words('uris').filter((uri) => archivePattern.test(uri));
  const suites = words('suites').filter((suite) => suitePattern.test(suite));
  const isOff = /^(no|false|off|0|without|disable)$/i.test(stanza.get('enabled')?.trim() ?? '');
  if (isOff || uris.length === 0 || suites.length === 0 || !words('components').includes('main')) return [];
  const own = { types, uris, suites, components: ['main'] };
  const kept = [...stanza].filter(([field]) => !(field in own) && field !== 'architectures' && field !== 'enabled');
  const fields = [...Object.entries(own).map(([field, value]) => [field, value.join(' ')] as const), ...kept];
  return [fields.map(([field, value]) => `${field}: ${value}\n`).join('')];
}

function parseDeb822(text: string): Stanza[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n(?:[ \t]*\n)+/).map((paragraph) => {
    const fields = paragraph.matchAll(/^([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)/gm);
    return new Map(Array.from(fields, ([, field = '', value = '']) => [field.toLowerCase(), value.trimEnd()] as const));
  });
}

/** `deb [ option=value,value ... ] uri suite component...`, the options named as in deb822 but for three. */
function parseOneLine(text: string): Stanza[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?([^\s#]+)\s+([^\s#]+)([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uris = '', suites = '', components = ''] = match;
    const fields = Array.from(options.matchAll(/([A-Za-z-]+?)[-+]?=(\S+)/g), ([, name = '', value = '']) => {
      return [longNames[name.toLowerCase()] ?? name.toLowerCase(), value.replaceAll(',', ' ')] as const;
    });
    return [new Map([...fields, ['uris', uris], ['suites', suites], ['components', components.trim()]])];
  });
}

const longNames: Readonly<Record<string, string>> = { arch: 'architectures', lang: 'languages', target: 'targets' };
