"""For all tests: one thread for linear algebra, as `bnsim app` has it; on two cores more only hinder each other."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
