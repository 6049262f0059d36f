import { z } from 'zod';
import { eventBodies, recordVersion } from '../model/run-event.ts';

/** The published JSON Schema (draft 2020-12) of one line of `run.jsonl`, made from the zod schemas that readers and writers use. */
export function runEventJsonSchema(): object {
  const common = z.object({
    v: z.literal(recordVersion),
    seq: z.number().int().nonnegative().describe('Counts from 0 without gaps.'),
    atMs: z.number().nonnegative().describe('Milliseconds since the run began.'),
  });
  const event = z.union(eventBodies.map((body) => body.extend(common.shape)));
  const { $schema, ...schema } = z.toJSONSchema(event);
  return { $schema, title: 'One line of run.jsonl, the record of a run of bringup', ...schema };
}
