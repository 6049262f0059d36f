import { z } from 'zod';

/** The messages of the QEMU Machine Protocol (docs/interop/qmp-spec.rst of QEMU), as the harness reads them. */

export const greetingSchema = z.object({
  QMP: z.object({
    version: z.object({
      qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }),
      package: z.string(),
    }),
    capabilities: z.array(z.unknown()),
  }),
});

export const eventSchema = z.object({
  event: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
  timestamp: z.object({ seconds: z.number(), microseconds: z.number() }),
});
/** An event QEMU sent on its own, e.g. SHUTDOWN. */
export type QmpEvent = z.infer<typeof eventSchema>;

export const replySchema = z.union([
  z.object({ return: z.unknown(), id: z.number() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
]);

/** Reasons of a SHUTDOWN event (qapi/run-state.json, ShutdownCause). */
export const shutdownDataSchema = z.object({ guest: z.boolean(), reason: z.string() });
