"""`python -m bindery`: see `bindery.cli`."""

import sys

if __name__ == "__main__":
    try:
        from bindery.cli import main

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # interrupted before there was anything to say
