/** Names of the files in a run's folder. Scripts rely on them. */
export const recordFile = 'run.jsonl';
export const reportFiles = { junit: 'junit.xml', html: 'index.html', summary: 'summary.md' } as const;
/** Folder of the evidence of checks that did not pass. */
export const bundlesFolder = 'bundles';
