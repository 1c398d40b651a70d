/** Tells text from binary content, by git's rule made stricter. */

const SNIFF_BYTES = 8000;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether the content has a NUL in its first 8,000 bytes or is not valid UTF-8. */
export function isBinary(content: Uint8Array): boolean {
  const sniffed = content.length > SNIFF_BYTES ? content.subarray(0, SNIFF_BYTES) : content;
  return sniffed.includes(0) || decodeText(content) === undefined;
}

/** The content as a string, byte for byte, or undefined when it is not valid UTF-8. */
export function decodeText(content: Uint8Array): string | undefined {
  try {
    return decoder.decode(content);
  } catch {
    return undefined;
  }
}
