export * from './artifact.ts';
export * from './errors.ts';
export * from './outcome.ts';
export * from './profile.ts';
export * from './run-event.ts';
