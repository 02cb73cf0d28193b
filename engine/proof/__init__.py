"""Questions about every case that can be stated: what must hold of all of them, proved, or refuted by a case."""
