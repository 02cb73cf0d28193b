"""`python -m engine` is `xeploai`."""

import os
import sys

# Python looks for modules in the current folder first. There lie policies and cases, which must run nothing.
if not sys.flags.safe_path and sys.path[0] != os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
    del sys.path[0]

from engine.cli import main

if __name__ == "__main__":
    main()
