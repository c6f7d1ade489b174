"""How long a test waits for what has to come: a busy machine, or valgrind, may take its time, and
only a test that fails waits so long."""

PATIENCE = 60  # seconds
