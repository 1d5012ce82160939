"""Write the transcripts: ``make vectors``."""

import logging

from tests.vectors.files import write_all

if __name__ == "__main__":
    # That passwords are kept cheaply here is known.
    logging.getLogger("tigertally").setLevel(logging.ERROR)
    write_all()
