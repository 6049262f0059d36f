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
function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}

/** The head of a page that needs nothing else: its policy forbids every request, and every style and script but its own. */
export function pageHead(title: string, style: string, script?: string): string {
  const scripts = script === undefined ? '' : ` script-src '${hashOf(script)}';`;
  const policy = `default-src 'none'; img-src data:; style-src '${hashOf(style)}';${scripts} base-uri 'none'; form-action 'none'`;
  return `<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${show(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>`;
}

/** One of the viewer's files. */
export function viewerFile(name: string): string {
  return readFileSync(packageFile(join('src', 'reporters', 'viewer', name)), 'utf8');
}
