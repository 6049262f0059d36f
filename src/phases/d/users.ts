import { programCheck } from '../program-check.ts';

/** Who may do what: files, identities, other processes. */
export const userChecks = [
  programCheck({
    id: 'd.files.access',
    title:
      'a file’s mode lets its owner, its group and others do what their own bits say, and nobody more; folders, umask, sticky bit, owners',
    probe: 'd-files',
    results: [
      ...['other-reads', 'other-writes', 'other-writes-0666', 'other-reads-0600', 'root-reads-0000'],
      ...[
        'closed-inside',
        'closed-list',
        'through-inside',
        'through-list',
        'listed-inside',
        'listed-list',
        'unwritable-make',
        'writable-make',
      ],
      ...['owner-first', 'group-second', 'others-last', 'other-groups-too', 'umask-file', 'umask-folder', 'umask-was'],
      ...[
        'sticky-other-removes',
        'sticky-other-renames',
        'sticky-owner-removes',
        'sticky-folder-owner-removes',
        'not-sticky-other-removes',
      ],
      ...['chown-by-owner', 'chgrp-to-foreign', 'chgrp-to-own', 'chmod-by-other', 'chmod-by-owner', 'chown-by-root', 'chown-clears-set-id'],
      ...['other-writes-set-id', 'write-clears-set-id', 'no-set-id-of-foreign-group', 'root-starts-no-x', 'other-starts-no-x'],
    ],
  }),
  programCheck({
    id: 'd.ids.rules',
    title: 'root becomes anybody, nobody else another: setuid, setgid, setresuid, setgroups',
    probe: 'd-ids',
    results: [
      ...['root', 'setuid-drops-all', 'setgid-drops-all', 'drops-for-a-while', 'exchanges', 'groups', 'is-somebody-else', 'child-inherits'],
      ...['setuid-to-root', 'setuid-to-own', 'setresuid-to-other', 'setresuid-saved-root', 'setgid-to-root', 'setgroups-by-user'],
    ],
  }),
  programCheck({
    id: 'd.setid.programs',
    title:
      'a set-id program runs as its owner or group, but not from a nosuid mount, where it is traced or no privileges may be gained; others can’t look into it',
    probe: 'd-setid',
    results: [
      ...[
        'copied',
        'none',
        'none-not-secure',
        'user',
        'user-secure',
        'user-not-dumpable',
        'group',
        'both',
        'own-with-group-secure',
        'root',
      ],
      ...['no-new-privileges', 'traced', 'nosuid-mounted', 'nosuid', 'watched', 'trace-by-starter', 'trace-by-other', 'memory-by-starter'],
      'maps-by-starter',
    ],
  }),
  programCheck({
    id: 'd.signals.others',
    title: 'signals to others’ processes are EPERM, but for SIGCONT within a session',
    probe: 'd-signals',
    results: [
      ...[
        'root-ask',
        'root-terminate',
        'root-continue',
        'init',
        'root-lives',
        'other-terminate',
        'other-lives',
        'own-ask',
        'own-interrupt',
      ],
      ...['own-ended', 'by-root', 'by-root-ended', 'session-continue', 'session-terminate'],
    ],
  }),
  programCheck({
    id: 'd.seccomp.filter',
    title: 'a filter of system calls refuses what it names, for children as well, or ends the program',
    probe: 'd-seccomp',
    skipWhere: ({ capabilities }) =>
      capabilities.includes('seccomp') ? undefined : 'the profile does not say that system calls can be filtered (seccomp)',
    results: ['wants-no-new-privileges', 'refuses', 'kills', 'others-free'],
  }),
];
