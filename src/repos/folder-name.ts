import { InvalidRequest } from '../errors.js';

/**
 * A run's id as part of a path and of a branch: letters, digits, `-` and `_` stay, everything else is written as `=HH`.
 * Reversible, so that what a crash left behind can be told apart by its run; `:` and `%` would upset PATH and some tools.
 */
export function toFolderName(id: string): string {
  const name = [...Buffer.from(id)]
    .map((byte) => (/[\w-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${hex(byte)}`))
    .join('');
  if (name === '' || name.length > 200) throw new InvalidRequest(`"${id.slice(0, 60)}" is empty or too long for a name`);
  return name.startsWith('-') ? `=2D${name.slice(1)}` : name;
}

export function fromFolderName(name: string): string {
  const bytes = name.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');
