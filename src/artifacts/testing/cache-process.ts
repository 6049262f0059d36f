import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cached } from '../cache.ts';

// A process of its own for cache.test.ts: builds one artifact slowly, and says on stdout what it does.
const [name = '', buildMs = '0'] = process.argv.slice(2);
const entry = await cached({
  kind: 'test',
  revision: 1,
  inputs: { name },
  onProgress: (message) => console.log(message),
  build: async (dir) => {
    await writeFile(join(dir, 'first'), 'half of it');
    console.log('building');
    await delay(Number(buildMs));
    await writeFile(join(dir, 'second'), name);
  },
});
console.log(JSON.stringify([...entry.files.keys()]));
