/** HTTP: a request to a web server, for agents that may. */

import { lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Answer, Call, Handler } from './call.ts';
import { isAllowedDomain } from './permission-rules.ts';
import { type Fields, Refusal } from './request.ts';

const TIMEOUT_SECONDS = 30;
const LONGEST_SECONDS = 600;
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export const HTTP: Handler = { answer: http, empty: { status_code: 0 }, canBeAsync: true };

/** Addresses of this machine and of networks around it, which no domain may lead to unnoticed. */
const OWN = new BlockList();
for (const [address, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
  ] as const),
  ...([
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ] as const),
] as const) {
  OWN.addSubnet(address, prefix, 'ipv4');
}
for (const [address, prefix] of [
  ...([
    ['::', 127],
    ['fc00::', 7],
    ['fe80::', 10],
  ] as const),
] as const) {
  OWN.addSubnet(address, prefix, 'ipv6');
}

async function http(call: Call): Promise<Answer> {
  const { kernel, agent, request } = call;
  const url = urlOf(request.requireText('url', 'URL required'));
  const { can_http: canHttp, network } = agent.permissions;
  const domain = url.hostname.replace(/^\[|\]$/g, '');
  if (!canHttp) {
    kernel.deny(agent, { syscall: 'HTTP', reason: 'HTTP not allowed', target: url.origin });
  }
  if (!isAllowedDomain(domain, network)) {
    const reason = `domain not in whitelist: ${domain}`;
    kernel.deny(agent, { syscall: 'HTTP', reason, target: url.origin });
  }
  const reachesOwn = network.includes('*') || isIP(domain) !== 0;
  const { status, body } = await send(url, request, { reachesOwn });
  kernel.record(agent, 'NETWORK', 'HTTP', { url: url.origin, status_code: status });
  return { success: true, status_code: status, body };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new Refusal(`invalid URL: ${text}`);
}

async function send(
  url: URL,
  request: Fields,
  { reachesOwn }: { readonly reachesOwn: boolean },
): Promise<{ readonly status: number; readonly body: string }> {
  const seconds = Math.min(request.number('timeout') ?? TIMEOUT_SECONDS, LONGEST_SECONDS);
  const signal = AbortSignal.timeout(Math.max(1, Math.round(seconds * 1000)));
  const method = (request.text('method') ?? 'GET').toUpperCase();
  const body = request.text('body');
  try {
    return await new Promise((resolve, reject) => {
      const start = url.protocol === 'https:' ? requestHttps : requestHttp;
      const options = {
        ...{ method, headers: headersOf(request), signal, agent: false as const },
        ...(reachesOwn ? {} : { lookup: lookupElsewhere }),
      };
      const sent = start(url, options, (response) => {
        bodyOf(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, body: text }),
          reject,
        );
      });
      sent.once('error', reject);
      sent.end(body);
    });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (signal.aborted) throw new Refusal('timeout');
    throw new Refusal(error instanceof Error ? error.message : 'request failed');
  }
}

function headersOf(request: Fields): Readonly<Record<string, string>> {
  const given = Object.entries(request.object('headers') ?? {});
  return Object.fromEntries(
    given.map(([name, value]) => {
      if (typeof value === 'string' || typeof value === 'number') return [name, String(value)];
      throw new Refusal(`invalid request: header ${name} has to be a string`);
    }),
  );
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      response.destroy();
      throw new Refusal(`response too large: more than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Looks a name up, and refuses one that leads to this machine or a network around it. */
const lookupElsewhere: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const isOwn = addresses.some(({ address, family }) =>
      OWN.check(address, family === 6 ? 'ipv6' : 'ipv4'),
    );
    const [first] = addresses;
    if (isOwn || first === undefined) callback(new Error(`${hostname} is not a public host`), '');
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
