/** What tells a program from outside to end. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
