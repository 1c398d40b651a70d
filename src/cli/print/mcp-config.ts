/** How clients of the Model Context Protocol are told to start `agentfs mcp`. */

/** What a client's configuration is called, and what goes into it. */
interface ClientConfig {
  /** Where it belongs: in the project, or below the home directory. */
  readonly file: string;
  readonly text: (args: readonly string[]) => string;
}

const COMMAND = 'agentfs';

const CLIENTS: Readonly<Record<string, ClientConfig>> = {
  'claude-code': inJson('.mcp.json', (args) => ({ mcpServers: { agentfs: server(args) } })),
  codex: {
    file: '~/.codex/config.toml',
    // A list of strings is the same in TOML and in JSON.
    text: (args) => `[mcp_servers.agentfs]\ncommand = "${COMMAND}"\nargs = ${JSON.stringify(args)}`,
  },
  cursor: inJson('.cursor/mcp.json', (args) => ({ mcpServers: { agentfs: server(args) } })),
  vscode: inJson('.vscode/mcp.json', (args) => ({
    servers: { agentfs: { type: 'stdio', ...server(args) } },
  })),
  gemini: inJson('.gemini/settings.json', (args) => ({ mcpServers: { agentfs: server(args) } })),
  opencode: inJson('opencode.json', (args) => ({
    mcp: { agentfs: { type: 'local', command: [COMMAND, ...args] } },
  })),
  zed: inJson('.zed/settings.json', (args) => ({ context_servers: { agentfs: server(args) } })),
};

/** The clients whose configuration is known. */
export const CLIENT_NAMES: readonly string[] = Object.keys(CLIENTS);

/** The configuration of a client, and the file that it belongs into; undefined for strangers. */
export function clientConfig(
  name: string,
  args: readonly string[],
): { readonly file: string; readonly text: string } | undefined {
  const client = CLIENTS[name];
  return client && { file: client.file, text: client.text(args) };
}

function inJson(file: string, content: (args: readonly string[]) => object): ClientConfig {
  return { file, text: (args) => JSON.stringify(content(args), undefined, 2) };
}

function server(args: readonly string[]): { readonly command: string; readonly args: unknown } {
  return { command: COMMAND, args };
}
