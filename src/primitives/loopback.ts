/** Which addresses only this machine reaches. */

import { isIPv4 } from 'node:net';

/** Whether a host that is listened on, or that an address names, is this machine alone. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true;
  return isIPv4(host) && host.startsWith('127.');
}
