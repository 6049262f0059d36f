import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../model/package-files.ts';
import { consoleText } from './console-text.ts';

/** Text for HTML, in content and in quoted attributes; control characters made visible. */
export function show(text: string): string {
  return visible(text).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** Text with its control characters made visible: it may quote the guest. */
export function visible(text: string): string {
  return consoleText(Buffer.from(text));
}

/** An inline style's or script's hash, as a page's policy names it. */
export function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}

/** One of the viewer's files. */
export function viewerFile(name: string): string {
  return readFileSync(packageFile(join('src', 'reporters', 'viewer', name)), 'utf8');
}
