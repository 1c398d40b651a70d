/**
 * What the shells around a launcher do: one lays the pipe for its messages, one begins the command.
 */

/** For a shell: starts what follows with its messages in the pipe, and standard error put by. */
export const SET_ASIDE = 'exec "$@" 4>&2 2>&3 3>&-';

/** Where a launcher that waits has put the input of the command by, while it reads its own. */
export const INPUT_PUT_BY = 5;

/** The same for a launcher that waits, which reads on from pipe 4. */
export const SET_ASIDE_AND_READ: string = `exec "$@" ${INPUT_PUT_BY}<&0 <&4 4>&2 2>&3 3>&-`;

/**
 * For a shell in front of the command, in the sandbox: goes to a directory, looks for the program,
 * says whether both are there, and starts what follows with standard error where it was.
 *
 * Arguments: the directory from the root of the workspace, the program, and the command.
 *
 * @param redirections - further ones for the command.
 */
export function beginWith(redirections: string): string {
  return `${BEGIN} ${redirections}\n`;
}

const BEGIN = `
cd -P -- "$1" 2> /dev/null || {
  if [ -d "$1" ]; then why=EACCES; elif [ -e "$1" ]; then why=ENOTDIR; else why=ENOENT; fi
  echo "workdir $why" >&2
  exit 125
}
why=
case $2 in
  */*)
    if [ -d "$2" ]; then why=EACCES; elif [ ! -e "$2" ]; then why=ENOENT; elif [ ! -x "$2" ]; then why=EACCES
    elif IFS= read -r line < "$2"; then
      case $line in '#!'*)
        line=\${line#??}
        line=\${line#"\${line%%[! ]*}"}
        [ -x "\${line%%[ \t]*}" ] || why=ENOENT ;;
      esac
    fi 2> /dev/null ;;
  *) command -v -- "$2" > /dev/null 2>&1 || why=ENOENT ;;
esac
if [ -n "$why" ]; then
  echo "program $why" >&2
  exit 125
fi
shift 2
echo begins >&2
exec "$@" 2>&4 4>&-`;
