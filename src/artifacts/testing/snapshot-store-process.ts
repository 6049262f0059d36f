import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { storedSnapshot } from '../snapshot-store.ts';

// A process of its own for snapshot-store.test.ts: takes or slowly makes one snapshot, and says on stdout what it does.
const [makeMs = '300', inputs = 'shared', openMs = '0'] = process.argv.slice(2);
const text = await storedSnapshot({
  inputs,
  open: async (folder) => {
    await delay(Number(openMs));
    return readFile(join(folder, 'ram'), 'utf8').catch(() => undefined);
  },
  make: async (folder) => {
    console.log('making');
    await writeFile(join(folder, 'ram'), 'half');
    await delay(Number(makeMs));
    await writeFile(join(folder, 'ram'), 'x');
  },
});
console.log(`got ${text}`);
