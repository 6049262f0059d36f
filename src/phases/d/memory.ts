import { programCheck } from '../program-check.ts';

/** Memory: what a program can’t do to its own, the kernel’s and its relatives’. */
export const memoryChecks = [
  programCheck({
    id: 'd.faults.kinds',
    title: 'executing data, and touching what may not be, is told by signal, code and address; guard pages hold',
    probe: 'd-faults',
    results: [
      ...['execute-stack', 'execute-data', 'execute-bss', 'execute-heap', 'execute-anonymous', 'execute-file', 'beyond-end'],
      ...[
        'write-read-only',
        'write-text',
        'read-closed',
        'write-closed',
        'execute-closed',
        'read-gone',
        'write-gone',
        'execute-gone',
        'read-null',
      ],
      ...['guard-made', 'guard-first', 'guard-last', 'guard-before', 'guard-behind'],
    ],
  }),
  programCheck({
    id: 'd.kernel.unreachable',
    title: 'kernel memory is reached by no load, store, jump or system-call pointer, and nothing tells what is there',
    probe: 'd-kernel',
    results: ['loads', 'loads-alike', 'stores', 'jumps', 'calls'],
  }),
  programCheck({
    id: 'd.mprotect.every-cpu',
    title: 'once mprotect has returned no CPU stores to the page',
    probe: 'd-mprotect',
    guest: { vcpus: 4 },
    results: ['rounds', 'errors', 'faults', 'went-on'],
  }),
  programCheck({
    id: 'd.cow.concurrent',
    title: 'a child keeps what its parent’s memory was when it was forked, while other CPUs write to it',
    probe: 'd-cow',
    guest: { vcpus: 4 },
    results: ['writers', 'forks-failed', 'torn', 'seen-in-child', 'seen-in-parent', 'writers-went-on'],
  }),
  programCheck({
    id: 'd.wx.refused',
    title: 'a mapping that can be written and executed is refused',
    probe: 'd-wx',
    results: ['mapping', 'made-later', 'by-turns'],
  }),
  programCheck({
    id: 'd.stack.header',
    title: 'PT_GNU_STACK says whether a program’s stack can be executed',
    probe: 'd-stack',
    results: ['executable', 'not-executable'],
  }),
  programCheck({
    id: 'd.leaks.addresses',
    title: 'nothing that a user may read in /proc and /sys gives a kernel address away',
    probe: 'd-leaks',
    results: ['addresses', 'files'],
  }),
  programCheck({
    id: 'd.aslr.places',
    title: 'stack, mappings, heap and position-independent code lie elsewhere in each of 32 runs; the bits that vary are recorded',
    probe: 'd-aslr',
    results: ['runs', 'stack', 'mapping', 'heap', 'code'],
  }),
  programCheck({
    id: 'd.aslr.booted',
    title: 'so they do on a machine that was booted, and is no fork',
    probe: 'd-aslr',
    guest: { boots: true },
    results: ['runs', 'stack', 'mapping', 'heap', 'code'],
  }),
  programCheck({
    id: 'd.random.device',
    title:
      '/dev/urandom never gives the same twice, and 1 MiB of it is as even as chance (three tests, less than 2 false alarms in 10^7 runs)',
    probe: 'd-random',
    results: ['read', 'ones', 'runs', 'chi-square', 'child', 'mine', 'child-differs', 'no-block-twice'],
  }),
];
