"""From the command line to a worker."""

import os
import sys
from typing import Any, Dict, List

from symflow_worker.protocol import CONNECTION_FD, PROTOCOL_VERSION, Connection

USAGE = "usage: symflow_worker_main.py [--fd N]"
_WRONG_USAGE = 64
_UNUSABLE = 2


def main(arguments: List[str]) -> int:
    """Serves the connection; returns the status to exit with."""
    descriptor = CONNECTION_FD
    if arguments:
        if len(arguments) != 2 or arguments[0] != "--fd" or not arguments[1].isdigit():
            print(USAGE, file=sys.stderr)
            return _WRONG_USAGE
        descriptor = int(arguments[1])
    try:
        connection = Connection.on_descriptor(descriptor)
    except OSError as error:
        print("symflow worker: descriptor {} is no socket: {}".format(descriptor, error), file=sys.stderr)
        return _WRONG_USAGE
    try:
        from symflow_worker.template import Started
        from symflow_worker.worker import Worker
    except ImportError as error:
        connection.send(_unusable(error))
        return _UNUSABLE
    worker = Worker(connection)
    while True:
        try:
            status = worker.run()
            # At once: not after threads that user code left behind, nor what it registered for the end.
            os._exit(status)
        except Started as started:
            worker = Worker(started.connection, started.isolation_name, started.problem)


def _unusable(error: ImportError) -> Dict[str, Any]:
    return {
        "type": "hello",
        "protocol": PROTOCOL_VERSION,
        "pid": os.getpid(),
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "pydantic": None,
        "isolation": "none",
        "problem": str(error),
    }
