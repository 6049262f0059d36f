export { Console, type ConsoleEnd, type ConsoleMatch, type ConsoleOptions, type SendOptions } from './console.ts';
export type { ConsoleLines } from './line-reader.ts';
export type { Pattern } from './pattern.ts';
export { type ReplayOptions, replayLog } from './replay.ts';
export { type ConsoleTransport, connectTcp, connectUnixSocket, inheritedSocket } from './transport.ts';
