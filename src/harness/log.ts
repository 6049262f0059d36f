import { destination, pino } from 'pino';

/**
 * What the harness does, for whoever looks into bringup itself: `BRINGUP_LOG=debug` (or `trace`, with every QMP message) writes it to
 * standard error, one JSON object a line. Silent by default: reports never depend on it.
 */
export const log = pino({ level: process.env.BRINGUP_LOG ?? 'silent' }, destination({ dest: 2, sync: true }));
