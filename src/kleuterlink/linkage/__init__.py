"""Link the births with the lists: the stages block, compare and score, once under the rules and once more over what is left.

`pipeline` is the flow; this is how its middle goes, one list at a time, each told what the others say.
"""

from kleuterlink.linkage.applicants import link_applicants
from kleuterlink.linkage.lists import link_compared, link_lists
from kleuterlink.linkage.standing import keeper

__all__ = ["keeper", "link_applicants", "link_compared", "link_lists"]
