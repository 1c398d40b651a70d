/**
 * One program that tries every way out of a sandbox by itself, each in a process of its own, and
 * writes down which of them went through. What it is told of is the host's.
 */

/** What it tries its hands at. */
export interface Targets {
  /** A directory that no profile hides, with files of its own in `keep`, sockets, a FIFO and a lock. */
  readonly victim: string;
  readonly base: string;
  /** A home directory with `.ssh/id` in it. */
  readonly home: string;
  /** The process of the host. */
  readonly pid: number;
  /** Something listens there on the loopback address. */
  readonly port: number;
  /** Something listens at this abstract address. */
  readonly name: string;
}

/** The command; `found` in the workspace has the names of what went through, as JSON. */
export function wayOut(targets: Targets): readonly string[] {
  return ['python3', '-c', PROGRAM, JSON.stringify(targets)];
}

const PROGRAM = `
import ctypes, fcntl, json, os, socket, stat, sys, time
target = json.loads(sys.argv[1])
victim, base, home = target['victim'], target['base'], target['home']
libc = ctypes.CDLL(None, use_errno=True)
found = []

def attempt(name):
    def run(action):
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            try: status = 0 if action() is not False else 1
            except BaseException: status = 1
            os._exit(status)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0: found.append(name)
    return run

def call(result):
    if result != 0: raise OSError(ctypes.get_errno(), 'refused')

def write(path, text='x', mode='w'):
    with open(path, mode) as file: file.write(text)

def mount(source, place, kind, flags, data=None):
    call(libc.mount(source.encode(), place.encode(), kind.encode(), flags, data))

def connect(kind, address):
    client = socket.socket(kind)
    client.settimeout(5)
    client.connect(address)

NEWNS, NEWUSER, NEWCGROUP = 0x20000, 0x10000000, 0x2000000
REMOUNT, BIND, DETACH = 32, 4096, 2

def keep(name):
    return victim + '/keep/' + name

attempt('write')(lambda: write(victim + '/new'))
attempt('overwrite')(lambda: write(keep('overwrite'), 'EVIL'))
attempt('append')(lambda: write(keep('append'), 'EVIL', 'a'))
attempt('remove')(lambda: os.unlink(keep('remove')))
attempt('rename')(lambda: os.rename(keep('rename'), victim + '/moved'))
attempt('link')(lambda: os.link(keep('link'), victim + '/linked'))
attempt('chmod')(lambda: os.chmod(keep('chmod'), 0o777))
attempt('chown')(lambda: os.chown(keep('chown'), os.getuid(), os.getgid()))
attempt('utime')(lambda: os.utime(keep('utime')))
attempt('xattr')(lambda: os.setxattr(keep('xattr'), 'user.evil', b'x'))
attempt('mkdir')(lambda: os.mkdir(victim + '/directory'))
attempt('through /proc')(lambda: write('/proc/self/root' + keep('proc')))
attempt('through init')(lambda: os.listdir('/proc/1/root') and os.listdir('/proc/1/cwd'))
attempt('descriptors')(lambda: any(stat.S_ISDIR(os.stat(f'/proc/self/fd/{n}').st_mode) for n in range(3, 1024) if os.path.exists(f'/proc/self/fd/{n}')))
attempt('store')(lambda: len(os.listdir(base + '/.agentfs')) > 0)
attempt('secret')(lambda: open(home + '/.ssh/id').read() != '')
attempt('host process')(lambda: os.kill(target['pid'], 0))
attempt('processes')(lambda: len([name for name in os.listdir('/proc') if name.isdigit()]) > 12)
attempt('tcp')(lambda: connect(socket.AF_INET, ('127.0.0.1', target['port'])))
attempt('abstract socket')(lambda: connect(socket.AF_UNIX, '\\0' + target['name']))
attempt('socket')(lambda: connect(socket.AF_UNIX, victim + '/now.sock'))

@attempt('late socket')
def _():
    # One that was made after the command began: the host counts what it makes in a file.
    def turns(): return os.stat(victim + '/turns').st_size
    for attempt in range(5):
        last = turns()
        while turns() < last + 2: time.sleep(0.01)
        try: return connect(socket.AF_UNIX, victim + '/late.sock')
        except OSError: pass
    return False

@attempt('fifo')
def _():
    # Somebody on the host reads it.
    os.write(os.open(victim + '/fifo', os.O_WRONLY | os.O_NONBLOCK), b'EVIL')

@attempt('lock')
def _():
    # The host holds one: where that is seen here, one taken here is seen there.
    file = os.open(victim + '/locked', os.O_RDONLY)
    try: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError: return True
    return False

attempt('mount')(lambda: mount('x', '/mnt', 'tmpfs', 0))
attempt('unmount')(lambda: call(libc.umount2(base.encode(), DETACH)))
attempt('remount')(lambda: mount('', '/', '', REMOUNT | BIND))

@attempt('remount in namespaces of its own')
def _():
    call(libc.unshare(NEWUSER | NEWNS))
    for line in open('/proc/self/mountinfo').read().splitlines():
        place = line.split()[4]
        libc.mount(b'', place.encode(), b'', REMOUNT | BIND, None)
        libc.umount2(place.encode(), DETACH)
    if len(os.listdir(base + '/.agentfs')) == 0: raise OSError()

@attempt('write in namespaces of its own')
def _():
    call(libc.unshare(NEWUSER | NEWNS))
    for place in ['/', '/srv', victim]: libc.mount(b'', place.encode(), b'', REMOUNT | BIND, None)
    write(keep('namespaces'))

@attempt('control groups')
def _():
    call(libc.unshare(NEWUSER | NEWNS | NEWCGROUP))
    for kind, data in [('cgroup2', None), ('cgroup', b'pids'), ('cgroup', b'freezer')]:
        if libc.mount(b'x', b'/mnt', kind.encode(), 0, data) == 0: return True
    return False

@attempt('device')
def _():
    os.mknod('disk', stat.S_IFBLK | 0o600, os.makedev(254, 0))
    os.unlink('disk')

attempt('disk')(lambda: open('/dev/vda', 'rb').read(1))
attempt('memory')(lambda: open('/dev/mem', 'rb').read(1))
attempt('kernel setting')(lambda: write('/proc/sys/vm/swappiness', open('/proc/sys/vm/swappiness').read()))
attempt('host name')(lambda: socket.sethostname(socket.gethostname()))
attempt('clock')(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))
attempt('priority')(lambda: os.setpriority(os.PRIO_PROCESS, 0, -5))
attempt('root elsewhere')(lambda: os.chroot('/'))

@attempt('privileges')
def _():
    status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
    # Mounting, tracing, devices, the network, modules, reading past permissions.
    strong = sum(1 << bit for bit in (2, 12, 16, 17, 18, 19, 21, 22, 27))
    return int(status['CapEff'], 16) & strong != 0 or status['NoNewPrivs'].strip() != '1'

json.dump(found, open('found', 'w'))
`;
