import { expect, test } from 'vitest';
import { BringupError } from '../model/errors.ts';
import { abortError, bounded, settledWithin } from './wait.ts';

const late = (): BringupError => new BringupError('expect-timeout', 'late');
const soon = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('came'), 50));

test.each([2 ** 31, Number.POSITIVE_INFINITY])('a time-out of %d ms does not fire at once', async (timeoutMs) => {
  expect(await bounded(soon(), 'it', { timeoutMs }, late)).toBe('came');
  expect(await settledWithin(soon(), timeoutMs)).toBe(true);
});

test('an abort by a deadline is a failed expectation, by anything else of the test’s the test’s own bug', async () => {
  const deadline = AbortSignal.timeout(1);
  await new Promise((resolve) => deadline.addEventListener('abort', resolve));
  expect(abortError(deadline, 'it')).toMatchObject({ code: 'aborted', failureCause: 'assertion' });
  expect(abortError(AbortSignal.abort(), 'it').failureCause).toBe('broken-test');
  const reason = new BringupError('budget-exceeded', 'over');
  expect(abortError(AbortSignal.abort(reason), 'it')).toBe(reason);
});
