#!/usr/bin/env node
import { dispatch } from './dispatch.ts';

// A reader that has gone (`bringup parse | head`) is no fault of ours, but what it would have read is lost.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(3);
});

process.exitCode = await dispatch(process.argv.slice(2), process);
