import { XMLParser } from 'fast-xml-parser';

/** One element as fast-xml-parser gives it with `preserveOrder`. */
type XmlNode = { [key: string]: unknown };

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
});

/** The elements of an XML text, in order; none when it is not XML. Entities of its own are refused: a report needs none, an attack does. */
export function parseXml(text: string): XmlNode[] {
  if (/<!ENTITY/i.test(text)) return [];
  try {
    const parsed: unknown = parser.parse(text, true);
    return Array.isArray(parsed) ? (parsed as XmlNode[]) : [];
  } catch {
    return [];
  }
}

/** Children of this name, at this level only. */
export function elements(nodes: readonly XmlNode[], name: string): XmlNode[] {
  return nodes.filter((node) => Object.hasOwn(node, name));
}

export function childrenOf(node: XmlNode): XmlNode[] {
  for (const [key, value] of Object.entries(node)) if (key !== ':@' && Array.isArray(value)) return value as XmlNode[];
  return [];
}

export function attribute(node: XmlNode, name: string): string | undefined {
  const attributes = node[':@'];
  if (typeof attributes !== 'object' || attributes === null || !Object.hasOwn(attributes, name)) return undefined;
  const value = (attributes as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
