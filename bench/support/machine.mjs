/** What the figures were measured on. */

import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import Database from 'better-sqlite3';

/** Date, machine and versions, each as a text. */
export function describeMachine(options) {
  const database = new Database(':memory:');
  const { version } = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    'load at the end': loadavg()[0].toFixed(1),
    versions: `Node ${process.versions.node}, SQLite ${version}, ${gitVersion()}`,
    sizes: `${options.files} and ${options.large} files, ${options.runs} runs`,
  };
}

function gitVersion() {
  return execFileSync('git', ['--version'], { encoding: 'utf8' }).trim().replace(' version', '');
}
