#!/usr/bin/env node
import { inspect } from 'node:util';
import { dispatch } from './dispatch.ts';

// Whatever ends this process before it has come to a verdict: nothing is known about the kernel. Node's own codes (1, 13) would say otherwise.
process.exitCode = 3;
process.on('uncaughtException', (error) => {
  process.stderr.write(`bringup: unexpected error: ${inspect(error)}\n`);
  process.exit(3);
});

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has gone (`bringup parse | head`) is no fault of ours, but what it would have read is lost; so it is on a full disk.
  if (error.code !== 'EPIPE') process.stderr.write(`bringup: standard output: ${error.message}\n`);
  process.exit(3);
});
// Nobody is left to be told.
process.stderr.on('error', () => {});

process.exitCode = await dispatch(process.argv.slice(2), process);
