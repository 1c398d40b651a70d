/** Types into a pseudo-terminal, for tests of what people see there. */

/** What appears on the screen, and what is typed then. */
export type Typing = readonly (readonly [seen: string, typed: string])[];

/**
 * A program in Python that gives another one a terminal of its own, and types when it sees what it
 * waits for. Its arguments: the typing as JSON, then the other program with its arguments.
 */
export const TYPIST = `
import json, os, pty, sys
typing = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
screen = b''
while True:
    try:
        shown = os.read(terminal, 4096)
    except OSError:
        break
    if not shown:
        break
    screen += shown
    sys.stdout.buffer.write(shown)
    while typing and typing[0][0].encode() in screen:
        screen = screen.split(typing[0][0].encode(), 1)[1]
        os.write(terminal, typing.pop(0)[1].encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
