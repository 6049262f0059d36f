import { isIPv4 } from 'node:net';
import { BringupError } from '../../../model/errors.ts';

/** `52:54:00:12:34:56` as six bytes. @throws BringupError `usage` */
export function macBytes(address: string): Buffer {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address)) throw wrong('an Ethernet address like 52:54:00:12:34:56', address);
  return Buffer.from(address.replaceAll(':', ''), 'hex');
}

export function macText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/..(?=.)/g, '$&:');
}

/** `10.0.0.1` as four bytes. @throws BringupError `usage` */
export function ipv4Bytes(address: string): Buffer {
  if (!isIPv4(address)) throw wrong('an IPv4 address like 10.0.0.1', address);
  return Buffer.from(address.split('.').map(Number));
}

export function ipv4Text(bytes: Uint8Array): string {
  return [...bytes].join('.');
}

function wrong(expected: string, got: string): BringupError {
  return new BringupError('usage', `expected ${expected}, got ${JSON.stringify(got)}`);
}
