"""Starts a worker: ``python3 -I symflow_worker_main.py``. ``-I`` keeps this folder from the path, so it is added."""

import os
import sys

# In front: whatever else is called ``sym.sdk`` in this Python is not what flows get.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from symflow_worker.start import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
