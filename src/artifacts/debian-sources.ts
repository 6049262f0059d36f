/**
 * The host's apt sources, read as text (sources.list(5)): which of them are Debian's archive, and the same again for a
 * private apt root.
 */

/** One file below /etc/apt that names sources. */
export interface SourcesFile {
  /** Its name decides how it is read: `.sources` is deb822, `.list` has a source a line. */
  readonly name: string;
  readonly text: string;
}

/** A deb822 stanza: field names in lower case, values as written (continuation lines included). */
type Stanza = ReadonlyMap<string, string>;

/**
 * Sources of Debian's archive as deb822 text for a private root, binary and source packages both. Options such as
 * Signed-By are kept; Architectures is not (the private root has its own), and of the components only `main` is.
 */
export function privateDebianSources(files: readonly SourcesFile[]): string {
  const stanzas = files.flatMap(({ name, text }) => (name.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text)));
  return [...new Set(stanzas.flatMap(privateStanza))].join('\n');
}

/** Debian's own suites: a release, its updates, its security; not backports, and never another project's suite in Debian's name. */
const suitePattern = /^[a-z]+(-updates|-security|\/updates)?$/;
/** Mirrors end in these; the archive of snapshots adds a time. */
const archivePattern = /\/(debian|debian-security)(\/\d{8}T\d{6}Z)?\/?$/;

function privateStanza(stanza: Stanza): string[] {
  const words = (field: string) => (stanza.get(field) ?? '').split(/\s+/).filter(Boolean);
  const uris = words('uris').filter((uri) => archivePattern.test(uri));
  const suites = words('suites').filter((suite) => suitePattern.test(suite));
  const enabled = !/^(no|false|off|0|without|disable)$/i.test(stanza.get('enabled')?.trim() ?? '');
  if (!enabled || uris.length === 0 || suites.length === 0 || !words('components').includes('main')) return [];
  const replaced = ['types', 'uris', 'suites', 'components', 'architectures', 'enabled'];
  const kept = [...stanza].filter(([field]) => !replaced.includes(field)).map(([field, value]) => `${field}: ${value}\n`);
  return [`types: deb deb-src\nuris: ${uris.join(' ')}\nsuites: ${suites.join(' ')}\ncomponents: main\n${kept.join('')}`];
}

function parseDeb822(text: string): Stanza[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n(?:[ \t]*\n)+/).map((paragraph) => {
    const fields = paragraph.matchAll(/^([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)/gm);
    return new Map(Array.from(fields, ([, field, value]) => [field!.toLowerCase(), value!.trimEnd()] as const));
  });
}

/** `deb [ option=value,value ... ] uri suite component...` (an option's `arch` is `Architectures` in deb822). */
function parseOneLine(text: string): Stanza[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?([^\s#]+)\s+([^\s#]+)([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uris = '', suites = '', components = ''] = match;
    const fields = options.trim().split(/\s+/).filter(Boolean).map((option) => {
      const [name = '', value = ''] = option.split(/[-+]?=(.*)/s);
      return [oneLineOptions[name.toLowerCase()] ?? name.toLowerCase(), value.replaceAll(',', ' ')] as const;
    });
    return [new Map([...fields, ['uris', uris], ['suites', suites], ['components', components.trim()]])];
  });
}

const oneLineOptions: Readonly<Record<string, string>> = { arch: 'architectures', lang: 'languages', target: 'targets' };
