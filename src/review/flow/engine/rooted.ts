import { bitOf } from './rule.js';
import { cleaned, OUTSIDE, type Taint, type Value } from './values.js';

/** Of a path that was normalised from a slash on nothing of `..` is left: behind a folder it stays in it. */
const ROOTED = 1 << 26;
/** Dots and slashes that were encoded are none any more, so that decoding brings no new ones. */
const DECODED = 1 << 25;

export const decoders = /^(decodeURIComponent|decodeURI|unescape|querystring\.unescape|urllib\.parse\.unquote(_plus)?)$/;

const withTaints = (value: Value, change: (taint: Taint) => number): Value =>
  value.taints.length === 0 ? value : { ...value, taints: value.taints.map((taint) => ({ ...taint, clean: change(taint) })) };

/** What `path.normalize` and the like give. */
export function normalised(value: Value): Value {
  return new RegExp(`^[/\\\\]+${OUTSIDE}`).test(value.shape) ? cleaned(value, ROOTED) : value;
}

/** A path that begins with a slash and has no `..` in it. */
export const rootedPath = (value: Value): Value => ({ ...cleaned(value, ROOTED | bitOf('path')), shape: `/${value.shape}` });

/** The parts of `path.join(folder, …)`. */
export function behindFolder([folder, ...parts]: readonly Value[]): Value[] {
  if (!folder) return [];
  if (folder.taints.length > 0) return [folder, ...parts];
  const path = bitOf('path');
  return [folder, ...parts.map((part) => withTaints(part, ({ clean }) => ((clean & ROOTED) === 0 ? clean : clean | path)))];
}

export function decoded(value: Value): Value {
  return { ...withTaints(value, ({ clean }) => ((clean & DECODED) === 0 ? clean & ~(ROOTED | bitOf('path')) : clean)), normal: false };
}

/** What replacing this pattern makes of a path; null when it has nothing to do with paths. */
export function replacedInPath(holder: Value, pattern: string, replacement: unknown, everywhere: boolean): Value | null {
  if (/^(%2e|%2\[[ef]{2}\])$/i.test(pattern)) return cleaned(holder, DECODED);
  // `/^\/?/` with a slash: there is one at the beginning now.
  if (/^\^(\\\/|\[\\?\/\\\\\])[?*]$/.test(pattern) && replacement === '/') {
    const one = holder.shape.startsWith('/') ? holder : { ...holder, shape: `/${holder.shape}` };
    return pattern.endsWith('*') ? cleaned(one, bitOf('redirect')) : one;
  }
  // Where every two dots are gone, one is left of any odd number of them. With a slash behind them, `....//` would be `../` again.
  if (/^\\\.(?:\\\.\+?|\{2\}|\{2,\}|\+)$/.test(pattern) && replacement === '' && everywhere) return cleaned(holder, bitOf('path'));
  // `path.normalize(x).replace(/^(\.\.[/\\])+/, '')`
  if (holder.normal && /^\^\(?(\?:)?\(?\\\.\\\./.test(pattern) && replacement === '') return cleaned(holder, bitOf('path'));
  return null;
}
