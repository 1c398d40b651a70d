/** A program that edits files of a project as fast as it can, and remembers what it wrote. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What an editor did. */
export interface EditorLog {
  /** What it wrote last, by file. */
  readonly last: Readonly<Record<string, string>>;
  /** Edits that were gone when it looked again, with the text that it found instead. */
  readonly replaced: readonly Replaced[];
}

/** An edit that somebody else has replaced. */
export interface Replaced {
  readonly name: string;
  readonly wrote: string;
  readonly text: string;
}

// Writes each file in place and by renaming in turn. Before each write it looks whether its last one
// is still there; while a file is missing it looks again, as a commit may be just replacing it.
const SCRIPT = `
  import { readFileSync, renameSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  const [root, count] = [process.argv[1], Number(process.argv[2])];
  const last = {};
  const replaced = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const read = (path) => {
    try { return readFileSync(path, 'utf8'); } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  };
  let counter = 0;
  const edit = () => {
    for (let i = 0; i < count; i++) {
      const name = 'file-' + i + '.txt';
      const path = join(root, name);
      const found = read(path);
      if (found === undefined) continue;
      if (last[name] !== undefined && found !== last[name]) {
        replaced.push({ name, wrote: last[name], text: found });
      }
      const text = name + ' edit ' + ++counter + '\\n';
      if (counter % 2 === 0) writeFileSync(path, text);
      else {
        writeFileSync(join(root, '.save.log'), text);
        renameSync(join(root, '.save.log'), path);
      }
      last[name] = text;
      Atomics.wait(pause, 0, 0, 1);
    }
    setImmediate(edit);
  };
  process.once('SIGTERM', () => {
    process.stdout.write(JSON.stringify({ last, replaced }), () => process.exit(0));
  });
  process.stdout.write('editing\\n');
  edit();
`;

/** A running editor of `file-0.txt` and so on. */
export class Editor {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (text: Buffer) => {
      this.#output += text.toString();
    });
  }

  static async start(root: string, files: number): Promise<Editor> {
    const args = ['--input-type=module', '-e', SCRIPT, root, String(files)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const editor = new Editor(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return editor;
  }

  async stop(): Promise<EditorLog> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    return asLog(JSON.parse(this.#output.slice(this.#output.indexOf('\n') + 1)));
  }
}

function asLog(value: unknown): EditorLog {
  return value as EditorLog;
}
