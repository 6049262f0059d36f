import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import type { Host } from '../../harness/lab/host.ts';

/** RFC 1035, 4.1.1: the name does not exist. */
const nameError = 3;

/** Who owns which name: an address, or another name. */
export type Zone = Readonly<Record<string, string>>;

/** Makes the test a name server; a silent one where it has no zone. @param asked Gets the questions. */
export function serveNames(host: Host, zone: Zone | undefined, asked: string[] = []): void {
  host.serveUdp(53, (payload) => {
    const query = queryIn(payload);
    const [question] = query?.questions ?? [];
    if (query === undefined || question === undefined) return undefined;
    asked.push(`${question.name} ${question.type}`);
    return zone && encode(answerTo(query, question.name, question.type, zone));
  });
}

/** Undefined for what is none: a guest may send anything. */
function queryIn(payload: Buffer): Packet | undefined {
  try {
    return decode(payload);
  } catch {
    return undefined;
  }
}

/** The whole chain in one answer, as servers that know it do (RFC 1034, 3.6.2). */
function answerTo(query: Packet, asked: string, type: string, zone: Zone): Packet {
  const answers: Answer[] = [];
  let name = asked;
  for (let target = zone[name]; target !== undefined; target = zone[name]) {
    if (/^[0-9.]+$/.test(target)) {
      if (type === 'A') answers.push({ type: 'A', name, ttl: 60, data: target });
      break;
    }
    answers.push({ type: 'CNAME', name, ttl: 60, data: target });
    name = target;
  }
  const rcode = zone[asked] === undefined ? nameError : 0;
  return { type: 'response', id: query.id ?? 0, flags: AUTHORITATIVE_ANSWER | rcode, questions: query.questions ?? [], answers };
}
