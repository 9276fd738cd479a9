"""Sums up what `perf script -F comm,ip,sym,dso` prints: shares of samples by library, by kind of thread, and by our
outermost function.
"""

import collections
import re
import subprocess
import sys

MODULES = (
    "App|ApprovalCore|ApprovalEngine|AuditTrail|Crypto|FlowConfig|HTTPModel|ServerMicroHTTPD|SlackContract|SlackGateway"
    "|StoreSQLite|Support|TransportCurl"
)
OURS = re.compile(rf"\$s\d+({MODULES})")
THREADS = {
    # Linux keeps the last 15 characters of com.apple.root.default-qos and of its overcommit sibling.
    "oot.default-qos": "tasks",
    "-qos.overcommit": "writer and checkpointer",
    "MHD-worker": "libmicrohttpd",
    "symflow": "libcurl and others",
}
SHOWN_MIN = 0.5  # per cent


def samples(lines):
    """Yields the thread's name and the pairs of symbol and library from the innermost to the outermost."""
    thread, stack = None, []
    for line in lines:
        if not line.strip():
            if thread:
                yield thread, stack
            thread, stack = None, []
        elif line[0] in " \t":
            symbol, _, library = line.split(maxsplit=1)[-1].strip().rpartition(" (")
            stack.append((symbol, library.rstrip(")").rsplit("/", 1)[-1]))
        else:
            thread = line.strip()
    if thread:
        yield thread, stack


def kind(stack):
    ours = [symbol for symbol, _ in stack if OURS.match(symbol)]
    if ours:
        return ours[-1]
    if any("fdatasync" in symbol for symbol, _ in stack):
        return "waiting for the disk"
    return "without a stack of ours (SQLite, kernel, allocation)"


def main():
    count, by_library, by_thread, by_place = 0, collections.Counter(), collections.Counter(), collections.Counter()
    for thread, stack in samples(sys.stdin):
        count += 1
        name = THREADS.get(thread, thread)
        by_library[stack[0][1] if stack else "unknown"] += 1
        by_thread[name] += 1
        by_place[name, kind(stack)] += 1
    if not count:
        sys.exit("perf has no samples: is the server's processor time measurable here (perf_event_paranoid)?")
    for name, part in by_library.most_common():
        if 100 * part / count >= SHOWN_MIN:
            print(f"{100 * part / count:5.1f} %  in {name}")
    print()
    for name, part in by_thread.most_common():
        print(f"{100 * part / count:5.1f} %  {name}")
        places = [(part, place) for (thread, place), part in by_place.items() if thread == name]
        shown = [(part, place) for part, place in sorted(places, reverse=True) if 100 * part / count >= SHOWN_MIN]
        symbols = "\n".join(place for _, place in shown)
        demangled = subprocess.run(
            ["swift", "demangle", "--compact", "--simplified"], input=symbols, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for (part, _), place in zip(shown, demangled, strict=True):
            print(f"        {100 * part / count:5.1f} %  {place[:110]}")


if __name__ == "__main__":
    main()
