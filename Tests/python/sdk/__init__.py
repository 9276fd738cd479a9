"""Tests of sym.sdk and of the worker that runs flows' Python."""
