/**
 * Packets of GDB's remote serial protocol (GDB manual, "Remote Protocol", Overview): `$` payload `#` two hexadecimal digits of
 * checksum. Payloads are strings of bytes: each character is one byte.
 */

/** What arrives on the line. */
export type GdbEvent =
  | { readonly kind: 'packet'; readonly payload: string }
  | { readonly kind: 'ack' }
  /** The other side asks for the last packet again. */
  | { readonly kind: 'nak' }
  /** A packet that is not what was sent, or can't be one: it must be asked for again. */
  | { readonly kind: 'damaged' }
  /** A packet beyond the limit: the other side does not speak this protocol. */
  | { readonly kind: 'overlong' };

const escapeByte = '}';
/** XORed with an escaped byte. */
const escapeMask = 0x20;
/** Taken from a count in run-length encoding, so that it is a printable character. */
const countOffset = 29;

/** The packet that carries a payload. */
export function encodePacket(payload: string): Buffer {
  const body = payload.replaceAll(/[#$}*]/g, (byte) => escapeByte + String.fromCharCode(byte.charCodeAt(0) ^ escapeMask));
  return Buffer.from(`$${body}#${checksum(body)}`, 'latin1');
}

function checksum(body: string): string {
  let sum = 0;
  for (let at = 0; at < body.length; at += 1) sum = (sum + body.charCodeAt(at)) & 0xff;
  return sum.toString(16).padStart(2, '0');
}

/** Cuts a stream of bytes into packets and acknowledgements, however it arrives; keeps at most one packet of the limit's length. */
export class PacketReader {
  readonly #limitBytes: number;
  #body: string | undefined;
  /** Digits of the checksum after a body's end. */
  #digits: string | undefined;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Uint8Array): GdbEvent[] {
    const events: GdbEvent[] = [];
    for (const byte of chunk) {
      const event = this.#take(String.fromCharCode(byte));
      if (event) events.push(event);
    }
    return events;
  }

  #take(byte: string): GdbEvent | undefined {
    if (this.#digits !== undefined) return this.#takeDigit(byte);
    if (byte === '$') {
      // Unescaped it can only be a beginning: the packet before it lost its end.
      const isCut = this.#body !== undefined;
      this.#body = '';
      return isCut ? { kind: 'damaged' } : undefined;
    }
    if (this.#body === undefined) return byte === '+' ? { kind: 'ack' } : byte === '-' ? { kind: 'nak' } : undefined;
    if (byte === '#') {
      this.#digits = '';
      return undefined;
    }
    this.#body += byte;
    return this.#body.length > this.#limitBytes ? this.#overlong() : undefined;
  }

  #takeDigit(byte: string): GdbEvent | undefined {
    this.#digits += byte;
    const [body, digits] = [this.#body as string, this.#digits as string];
    if (digits.length < 2) return undefined;
    this.#body = this.#digits = undefined;
    if (digits.toLowerCase() !== checksum(body)) return { kind: 'damaged' };
    const payload = decode(body);
    if (payload === undefined) return { kind: 'damaged' };
    return payload.length > this.#limitBytes ? this.#overlong() : { kind: 'packet', payload };
  }

  #overlong(): GdbEvent {
    this.#body = this.#digits = undefined;
    return { kind: 'overlong' };
  }
}

/** Undoes escapes and run lengths (which make at most fifty bytes of one); undefined where an escape or a count has nothing to stand for. */
function decode(body: string): string | undefined {
  let payload = '';
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] as string;
    if (byte !== escapeByte && byte !== '*') {
      payload += byte;
      continue;
    }
    at += 1;
    const code = body.charCodeAt(at);
    if (Number.isNaN(code)) return undefined;
    if (byte === escapeByte) {
      payload += String.fromCharCode(code ^ escapeMask);
      continue;
    }
    const repeats = code - countOffset;
    if (repeats < 3 || payload === '') return undefined;
    payload += (payload.at(-1) as string).repeat(repeats);
  }
  return payload;
}
