"""Reports: what a run or an audit found, for a terminal and for files."""
