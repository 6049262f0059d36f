/**
 * Lets what has arrived be read before something is written: a write to a peer that is gone closes the socket, and what the peer said
 * last and nobody has read yet would be lost.
 */
export function afterReading(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
