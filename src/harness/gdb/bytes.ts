/** Registers and memory as packets carry them: two hexadecimal digits a byte, the guest's lowest byte first. */

/** The value of little-endian bytes. */
export function toValue(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/** The value's bytes, lowest first; undefined where it is negative or does not fit. */
export function toBytes(value: bigint, sizeBytes: number): Buffer | undefined {
  if (value < 0n || value >> BigInt(8 * sizeBytes) !== 0n) return undefined;
  return Buffer.from(value.toString(16).padStart(2 * sizeBytes, '0'), 'hex').reverse();
}

/** The bytes that the digits stand for; undefined where they are none. */
export function fromHex(digits: string): Buffer | undefined {
  return digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}
