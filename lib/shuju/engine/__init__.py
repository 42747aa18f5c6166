"""Every pass over a library: partitions in, partitions out, on threads here or on a cluster there.

``run(PASS, partitions, shared)`` is all that an analysis calls. Where it runs is no matter of the analysis: in threads of this
process, in processes where Python's lock is held, or on a ``dask.distributed`` cluster (``use``, ``SHUJU_SCHEDULER``).
"""

from __future__ import annotations

from shuju.engine.passes import Pass, append, beside
from shuju.engine.place import EngineError, client, lead_dask, leave, use
from shuju.engine.run import run

__all__ = ["EngineError", "Pass", "append", "beside", "client", "lead_dask", "leave", "run", "use"]
