/** Names of the files in a run's folder. Scripts rely on them. */
export const recordFile = 'run.jsonl';
export const reportFiles = { junit: 'junit.xml', html: 'index.html', summary: 'summary.md' } as const;
/** What `bringup mutants` found, as its --json prints it. */
export const mutantsFile = 'mutants.json';
/** What the rounds of `bringup soak` came to. */
export const soakFile = 'soak.json';
/** Folder of the evidence of checks that did not pass. */
export const bundlesFolder = 'bundles';
