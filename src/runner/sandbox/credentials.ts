/**
 * Where people keep what opens other doors, below their home directory: hidden from commands with
 * every profile but `none`. What a build needs to find stays: caches of packages, tools, settings.
 */

import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Files and directories by what they are for; a name that ends in `*` stands for all such names. */
export const CREDENTIALS: Readonly<Record<string, readonly string[]>> = {
  keys: ['.ssh', '.gnupg', '.config/sops', '.config/age', '.pki', '.step', '.putty'],
  passwords: [
    ...['.netrc', '_netrc', '.authinfo*', '.password-store', '.local/share/keyrings'],
    ...['.local/share/kwalletd', '.config/op', '.config/1Password', '.1password'],
    ...['.config/Bitwarden', '.config/Bitwarden CLI', '.config/keepassxc', '.vault-token'],
    ...['.config/rclone', '.rclone.conf', '.smbcredentials', '.davfs2', '.config/filezilla'],
    ...['.msmtprc', '.config/msmtp', '.mbsyncrc', '.fetchmailrc', '.config/remmina'],
  ],
  forges: [
    ...['.git-credentials', '.config/git/credentials', '.config/gh', '.config/hub'],
    ...['.config/glab-cli', '.config/tea', '.config/berg-cli', '.subversion/auth'],
  ],
  clouds: [
    ...['.aws', '.azure', '.config/gcloud', '.boto', '.s3cfg', '.oci', '.aliyun', '.bluemix'],
    ...['.config/doctl', '.config/hcloud', '.config/scw', '.config/linode-cli', '.linode-cli'],
    ...['.fly', '.heroku', '.netlify', '.config/netlify', '.vercel', '.railway', '.supabase'],
    ...['.local/share/com.vercel.cli', '.wrangler', '.config/.wrangler'],
    ...['.databricks', '.databrickscfg', '.snowflake', '.snowsql', '.config/snowflake'],
    ...['.dbt/profiles.yml', '.kaggle', '.config/kaggle', '.ngc', '.config/wandb'],
    ...['.huggingface', '.cache/huggingface/token', '.cache/huggingface/stored_tokens'],
  ],
  clusters: [
    ...['.kube', '.minikube', '.docker', '.config/containers/auth.json', '.config/helm/registry'],
    ...['.terraform.d', '.terraformrc', '.pulumi/credentials.json', '.config/argocd', '.rancher'],
  ],
  registries: [
    ...['.pypirc', '.cargo/credentials*', '.gem/credentials', '.bundle/config'],
    ...['.config/pypoetry/auth.toml', '.local/share/uv/credentials', '.composer/auth.json'],
    ...['.config/composer/auth.json', '.ivy2/.credentials', '.sbt/.credentials'],
    ...['.m2/settings-security.xml', '.hex/hex.config'],
  ],
  databases: ['.pgpass', '.my.cnf', '.mylogin.cnf', '.dbshell', '.config/pgcli', '.config/mycli'],
  browsers: [
    ...['.mozilla', '.thunderbird', '.config/google-chrome*', '.config/chromium'],
    ...['.config/microsoft-edge*', '.config/BraveSoftware', '.config/vivaldi', '.config/opera'],
    ...['snap/firefox', 'snap/chromium', '.var/app/org.mozilla.firefox'],
    ...['.var/app/org.chromium.Chromium', '.var/app/com.google.Chrome'],
  ],
  messengers: [
    ...['.config/Signal', '.config/Slack', '.config/discord', '.local/share/TelegramDesktop'],
    ...['.config/Element', '.purple', '.weechat', '.config/weechat', '.irssi'],
  ],
  wallets: [
    ...['.bitcoin', '.litecoin', '.dogecoin', '.zcash', '.bitmonero', '.ethereum', '.electrum*'],
    ...['.config/solana', '.near-credentials', '.foundry/keystores', '.config/Exodus'],
    ...['.config/Ledger Live', '.brownie/accounts', '.config/atomic'],
  ],
  histories: [
    ...['.bash_history', '.zsh_history', '.zhistory', '.histfile', '.sh_history', '.ksh_history'],
    ...['.local/share/fish/fish_history', '.python_history', '.node_repl_history'],
    ...['.psql_history', '.mysql_history', '.sqlite_history', '.rediscli_history', '.irb_history'],
    ...['.pry_history', '.lesshst', '.viminfo'],
    ...['.local/share/atuin', '.config/atuin'],
  ],
  agents: [
    ...['.claude*', '.config/claude*', '.codex', '.gemini', '.cursor', '.config/Cursor'],
    ...['.continue', '.aider*', '.copilot', '.config/github-copilot', '.windsurf', '.codeium'],
    ...['.config/opencode', '.local/share/opencode', '.config/goose', '.local/share/goose'],
    ...['.config/crush', '.local/share/crush', '.config/amp', '.local/share/amp', '.factory'],
    ...['.qwen', '.kimi', '.kiro', '.augment', '.cline', '.roo', '.openhands'],
    ...['.config/io.datasette.llm', '.config/Code/User/globalStorage'],
  ],
  agentfs: ['.config/agentfs'],
};

/** Settings that a build may need, such as the address of a registry, and that may hold a token too. */
const SETTINGS: readonly string[] = [
  ...['.npmrc', '.config/npm/npmrc', '.yarnrc', '.yarnrc.yml', '.bunfig.toml', '.config/pnpm/rc'],
  ...['.pip/pip.conf', '.config/pip/pip.conf', '.config/uv/uv.toml', '.pydistutils.cfg'],
  ...['.m2/settings.xml', '.gradle/gradle.properties', '.gradle/init.gradle', '.condarc'],
  ...['.config/NuGet/NuGet.Config', '.nuget/NuGet/NuGet.Config', '.cabal/config', '.gemrc'],
  ...['.curlrc', '.config/curlrc', '.wgetrc', '.config/configstore/*'],
];

/** Anything that could be a credential, or say where one is: `_authToken=`, `https://name:word@`. */
const CREDENTIAL = /auth|token|passw|pass\b|secret|credential|\bkey|:\/\/[^/\s]*@|\buser/i;

/**
 * The places with credentials that there are in a home directory. A file of settings is one as soon
 * as anything in it looks like a credential.
 */
export function credentialPlaces(home: string): string[] {
  const look = lookIn(home);
  const hidden = Object.values(CREDENTIALS).flatMap((places) => places.flatMap(look));
  return [...hidden, ...SETTINGS.flatMap(look).filter(holdsCredential)];
}

/** Finds what there is at a place; most of them do not exist, which one listing tells of many. */
function lookIn(home: string): (place: string) => string[] {
  const names = namesIn(home);
  const isThere = new Set(names);
  return (place) => {
    const slash = place.lastIndexOf('/') + 1;
    if (slash > 0 && !isThere.has(place.slice(0, place.indexOf('/')))) return [];
    const directory = join(home, place.slice(0, slash));
    const name = place.slice(slash);
    if (name.endsWith('*')) {
      const found = slash === 0 ? names : namesIn(directory);
      const beginning = name.slice(0, -1);
      return found
        .filter((each) => each.startsWith(beginning))
        .map((each) => join(directory, each));
    }
    const exists = slash === 0 ? isThere.has(name) : lstatOf(join(directory, name)) !== undefined;
    return exists ? [join(directory, name)] : [];
  };
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Below a file, or shut off.
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // There is no such directory.
    return [];
  }
}

function holdsCredential(file: string): boolean {
  try {
    return CREDENTIAL.test(readFileSync(file, 'utf8'));
  } catch {
    // There is no telling.
    return true;
  }
}
