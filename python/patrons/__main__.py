"""Entry point of `python -m patrons`."""

import sys

from patrons.cli import main

sys.exit(main())
