"""``python3 -m symflow_worker``; the server starts ``symflow_worker_main.py``, which works with ``-I`` too."""

import sys

from symflow_worker.start import main

sys.exit(main(sys.argv[1:]))
