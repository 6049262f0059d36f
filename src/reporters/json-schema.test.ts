import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { eventBodies } from '../model/run-event.ts';
import { runEventJsonSchema } from './json-schema.ts';
import { everyOutcome } from './testing/sample-checks.ts';
import { sampleRun } from './testing/sample-run.ts';

test('docs/run-event.schema.json is what the zod schemas say (vitest -u writes it anew)', async () => {
  await expect(`${JSON.stringify(runEventJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../docs/run-event.schema.json');
});

test('events of every type match the published schema, and a wrong one does not', async () => {
  const schema = JSON.parse(await readFile(new URL('../../docs/run-event.schema.json', import.meta.url), 'utf8'));
  // The pattern beside `format: date-time` says the same, so that no plug-in for formats is needed.
  const validate = new Ajv2020({ validateFormats: false }).compile(schema);
  const events = sampleRun(everyOutcome);
  expect(new Set(events.map((event) => event.type)).size).toBe(eventBodies.length);
  for (const event of events) {
    expect([validate(event), validate.errors]).toEqual([true, null]);
    for (const wrong of [{ seq: -1 }, { v: 2 }, { type: 'other' }, { surprise: 1 }]) expect(validate({ ...event, ...wrong })).toBe(false);
  }
});
