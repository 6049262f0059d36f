import { expect, test } from 'vitest';
import { debianSources } from './debian-sources.ts';

const sources = (name: string, text: string) => debianSources([{ name, text }], ['deb', 'deb-src']);

test('a deb822 file: Debian’s stanzas, with their options, comments and other components left out', () => {
  const text = `# Debian
Types: deb
# http://mirror.example/archive/debian/20250520T000000Z
URIs: http://mirror.example/debian http://third.example/other
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Architectures: amd64
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINB
 -----END PGP PUBLIC KEY BLOCK-----
`;
  expect(sources('debian.sources', text)).toBe(`types: deb deb-src
uris: http://mirror.example/debian
suites: bookworm bookworm-updates
components: main
signed-by: /usr/share/keyrings/debian-archive-keyring.gpg

types: deb deb-src
uris: http://mirror.example/debian-security
suites: bookworm-security
components: main
signed-by: 
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINB
 -----END PGP PUBLIC KEY BLOCK-----
`);
});

test('a one-line file: options are kept, but arch, and a source named twice comes once', () => {
  const text = `deb [arch=amd64,i386 signed-by=/k.gpg check-valid-until=no] https://mirror.example/debian trixie main contrib # the archive
deb-src [signed-by=/k.gpg check-valid-until=no] https://mirror.example/debian trixie main
# deb http://mirror.example/debian sid main
`;
  expect(sources('sources.list', text)).toBe(`types: deb deb-src
uris: https://mirror.example/debian
suites: trixie
components: main
signed-by: /k.gpg
check-valid-until: no
`);
});

test.each([
  'http://mirror.example/debian bookworm main',
  'http://cdn.mirror.example/debian/ stable main',
  'mirror+file:/etc/apt/mirrors/debian.list trixie main',
  'http://mirror.example/archive/debian/20250520T000000Z bookworm main',
  'https://mirror.example/debian-proxy sid main non-free-firmware',
  'http://mirror.example/debian-security bullseye/updates main',
])('may be Debian’s: %s', (line) => {
  expect(sources('sources.list', `deb ${line}\n`)).not.toBe('');
});

test.each([
  'http://archive.ubuntu.com/ubuntu jammy main universe',
  'https://download.docker.com/linux/debian bookworm stable',
  'https://deb.nodesource.com/node_22.x nodistro main',
  'https://packages.cloud.google.com/apt cloud-sdk-bookworm main',
  'https://packages.microsoft.com/debian/12/prod bookworm main',
  'https://apt.postgresql.org/pub/repos/apt bookworm-pgdg main',
  'http://mirror.example/debian bookworm-backports main',
  'http://mirror.example/debian bookworm contrib',
  'cdrom:[Debian GNU/Linux 12.0.0 _Bookworm_]/ bookworm main',
  'file:/srv/packages ./',
])('is not Debian’s archive: %s', (line) => {
  expect(sources('sources.list', `deb ${line}\n`)).toBe('');
});

test('what is disabled stays out', () => {
  expect(sources('debian.sources', 'Enabled: no\nTypes: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n')).toBe(
    '',
  );
});
