"""`python -m engine` is `xeploai`."""

from engine.cli import main

if __name__ == "__main__":
    main()
