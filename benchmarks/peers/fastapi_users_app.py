"""FastAPI Users with its JWT strategy: reads the user's row for each request, as it does."""

import os
import tempfile
import uuid
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

SECRET = os.urandom(32).hex()
engine = create_async_engine(f"sqlite+aiosqlite:///{tempfile.mkdtemp()}/db.sqlite3")
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


async def get_user_db():
    async with sessions() as session:
        yield SQLAlchemyUserDatabase(session, User)


class Manager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    pass


async def get_manager(user_db=Depends(get_user_db)):
    yield Manager(user_db)


def get_strategy():
    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)


backend = AuthenticationBackend("jwt", BearerTransport("token"), get_strategy)
users = FastAPIUsers[User, uuid.UUID](get_manager, [backend])


@asynccontextmanager
async def lifespan(_app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions() as session:
        app.state.user = User(email="somebody@example.com", hashed_password="!", is_active=True)
        session.add(app.state.user)
        await session.commit()
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/token")
async def token():
    made = await get_strategy().write_token(app.state.user)
    return {"name": "Authorization", "value": f"Bearer {made}"}


@app.get("/protected")
async def protected(user: User = Depends(users.current_user(active=True))):
    return {"id": str(user.id)}
