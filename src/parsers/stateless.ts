/** The pattern without the flags `g` and `y`, with which matching would depend on the match before. */
export function stateless(pattern: RegExp): RegExp {
  const flags = pattern.flags.replace(/[gy]/g, '');
  return flags === pattern.flags ? pattern : new RegExp(pattern.source, flags);
}
