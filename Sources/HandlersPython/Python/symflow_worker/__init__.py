"""The process in which the server runs flows' Python code. ``protocol`` and ``marshal`` say how the two talk."""
