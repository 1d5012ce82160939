"""Write the transcripts and the cases: ``make vectors``."""

import logging

from tests.vectors import files
from tests.vectors.verifying import files as cases

if __name__ == "__main__":
    # That passwords are kept cheaply here is known.
    logging.getLogger("tigertally").setLevel(logging.ERROR)
    files.write_all()
    cases.write_all()
