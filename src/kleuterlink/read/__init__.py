"""Read registers: files, data frames and databases -> `tables.Register`.

`read_register` opens whatever a register is kept in, reads every value as text, maps the columns, reads the dates and sets
aside the rows that cannot be used. Nothing is repaired or guessed here: that is the work of `normalise`.
"""

from kleuterlink.read.hashing import file_hash, frame_hash
from kleuterlink.read.presets import PRESETS, Preset
from kleuterlink.read.register import LINKABLE, read_register, what_is_known
from kleuterlink.read.values import clean_text

__all__ = ["LINKABLE", "PRESETS", "Preset", "clean_text", "file_hash", "frame_hash", "read_register", "what_is_known"]
