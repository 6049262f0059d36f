import { expect, test } from 'vitest';
import { stallSpanMs } from './stall-span.ts';

test.each([
  ['watchdog: BUG: soft lockup - CPU#0 stuck for 6s! [sh:90]', 6_000],
  ['watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:90]', 10_000],
  ['BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 1s!', 2_000],
  ['INFO: task sh:88 blocked for more than 3 seconds.', 3_000],
  ['rcu: INFO: rcu_sched self-detected stall on CPU\n\t(t=5250 jiffies g=-695 q=7 ncpus=4)', 5_250],
  ['rcu: INFO: rcu_sched self-detected stall on CPU\n\t(t=751 jiffies g=-695 q=7 ncpus=4)', 2_000],
  ['a stall that gives no time', 10_000],
])('%j takes a loss of %i ms', (text, ms) => {
  expect(stallSpanMs({ text })).toBe(ms);
});
