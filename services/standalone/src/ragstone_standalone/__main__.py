"""``python -m ragstone_standalone``: the ``ragstone`` command."""

from ragstone_standalone.cli import main

if __name__ == "__main__":
    main()
