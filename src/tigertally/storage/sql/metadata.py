"""What all tables share: their catalogue, and types of columns that several have."""

from sqlalchemy import BigInteger, Integer, MetaData, String

# SQLite generates numbers only for a column of the type INTEGER.
Counter: BigInteger = BigInteger().with_variant(Integer, "sqlite")
Id: String = String(26)
# Also of a user whom an application keeps itself (`core/people.py`). SQLite knows no lengths, and
# to change a type it would write the whole table again.
AnyUserId: String = String(64).with_variant(String(26), "sqlite")

metadata: MetaData = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
