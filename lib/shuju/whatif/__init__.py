"""假设推演: any analysis run again under other parameters, baseline and scenarios side by side.

``compare`` sets scenarios of one function side by side, ``explore`` gives the tools for asking further over any function.
"""

from shuju.whatif.compare import compare, differences
from shuju.whatif.exploration import Exploration, explore
from shuju.whatif.investigation import Investigation, investigate
from shuju.whatif.parameter import Parameter, WhatIfError
from shuju.whatif.scenario import Scenario

__all__ = [
    "Exploration",
    "Investigation",
    "Parameter",
    "Scenario",
    "WhatIfError",
    "compare",
    "differences",
    "explore",
    "investigate",
]
