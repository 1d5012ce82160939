"""Write the pages that are made from the code: ``make docs``."""

from tests.reference.pages import write_all

if __name__ == "__main__":
    write_all()
