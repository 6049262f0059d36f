import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Leaves on the heap only what is still in use, so that its size can be compared. */
export const collectGarbage = runInNewContext('gc') as () => void;
