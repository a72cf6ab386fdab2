import os

__version__ = "0.1.0"

# Read when NumPy and Arrow are loaded, which is later. Huge pages and a pool of Arrow's own ask for
# memory that nobody has touched, and of that a virtual machine gets every page from its host: a
# sixth of the time of an import (docs/decisions.md).
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
