import { isIPv4, isIPv6 } from 'node:net';
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

/** `fe80::1` as sixteen bytes (RFC 4291, 2.2). @throws BringupError `usage` */
export function ipv6Bytes(address: string): Buffer {
  if (!isIPv6(address) || /[.%]/.test(address)) throw wrong('an IPv6 address like fe80::1', address);
  const [head = '', tail] = address.split('::') as [string, string?];
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return Buffer.from([...first, ...Array<string>(zeros).fill('0'), ...last].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** All eight groups, without zeros in front: not the shortest form, but the same for equal addresses. */
export function ipv6Text(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  return Array.from({ length: 8 }, (_, group) => buffer.readUInt16BE(2 * group).toString(16)).join(':');
}

function wrong(expected: string, got: string): BringupError {
  return new BringupError('usage', `expected ${expected}, got ${JSON.stringify(got)}`);
}
