"""The original backend's models, as its SQLAlchemy has them, and a community that used it."""

import enum
from datetime import datetime

import bcrypt
from sqlalchemy import (Boolean, Column, DateTime, Enum, ForeignKey, Integer, String, Text,
                        create_engine)
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class UserStatus(enum.Enum):
    ONLINE = "online"
    OFFLINE = "offline"
    AWAY = "away"
    DND = "dnd"


class MemberRole(enum.Enum):
    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    MEMBER = "member"


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True, index=True)
    username = Column(String(50), unique=True, index=True, nullable=False)
    email = Column(String(100), unique=True, index=True, nullable=False)
    hashed_password = Column(String(255), nullable=False)
    status = Column(Enum(UserStatus), default=UserStatus.OFFLINE)
    created_at = Column(DateTime, default=datetime.utcnow)


class Server(Base):
    __tablename__ = "servers"
    id = Column(Integer, primary_key=True, index=True)
    name = Column(String(100), nullable=False)
    description = Column(String(500))
    owner_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    created_at = Column(DateTime, default=datetime.utcnow)


class ServerMember(Base):
    __tablename__ = "server_members"
    id = Column(Integer, primary_key=True, index=True)
    server_id = Column(Integer, ForeignKey("servers.id"), nullable=False)
    user_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    role = Column(Enum(MemberRole), default=MemberRole.MEMBER)
    joined_at = Column(DateTime, default=datetime.utcnow)


class Channel(Base):
    __tablename__ = "channels"
    id = Column(Integer, primary_key=True, index=True)
    name = Column(String(100), nullable=False)
    description = Column(String(500))
    server_id = Column(Integer, ForeignKey("servers.id"), nullable=False)
    created_at = Column(DateTime, default=datetime.utcnow)


class Message(Base):
    __tablename__ = "messages"
    id = Column(Integer, primary_key=True, index=True)
    content = Column(Text, nullable=False)
    channel_id = Column(Integer, ForeignKey("channels.id"), nullable=False)
    user_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    created_at = Column(DateTime, default=datetime.utcnow)
    updated_at = Column(DateTime, default=datetime.utcnow, onupdate=datetime.utcnow)
    is_edited = Column(Boolean, default=False)


def password_of(username):
    return f"pässword of {username}"


def _user(number, username, status, email=None):
    # The lowest cost, since it is not what is tested.
    hashed = bcrypt.hashpw(password_of(username).encode(), bcrypt.gensalt(4)).decode()
    return User(id=number, username=username, email=email or f"{username}@example.org", status=status,
                hashed_password=hashed, created_at=datetime(2024, 1, number % 28 + 1, 12, 30, 59, 123456))


def _rows():
    """Everything odd that fits. The ids have gaps, as after deletions."""
    yield _user(1, "ada", UserStatus.ONLINE)
    yield _user(2, "Bob", UserStatus.AWAY, "bob@example.org")
    yield _user(3, "bob", UserStatus.DND, "BOB@example.org")
    yield _user(7, "élan vital!", UserStatus.OFFLINE, "elan@example.org")
    yield _user(12, "loner", UserStatus.ONLINE)

    yield Server(id=2, name="First", description="", owner_id=1, created_at=datetime(2024, 2, 1))
    yield Server(id=5, name="Zweiter 🚀", description=None, owner_id=2,
                 created_at=datetime(2024, 2, 2, 3, 4, 5, 999999))

    roles = {1: MemberRole.OWNER, 2: MemberRole.ADMIN, 3: MemberRole.MODERATOR, 7: MemberRole.MEMBER}
    for user, role in roles.items():
        yield ServerMember(id=10 + user, server_id=2, user_id=user, role=role,
                           joined_at=datetime(2024, 3, user))
    yield ServerMember(id=30, server_id=5, user_id=2, role=MemberRole.OWNER, joined_at=datetime(2024, 4, 1))
    yield ServerMember(id=31, server_id=5, user_id=3, role=MemberRole.MEMBER, joined_at=datetime(2024, 4, 2))

    yield Channel(id=3, name="general", description="", server_id=2, created_at=datetime(2024, 2, 1))
    yield Channel(id=4, name="général 🎉", description="x" * 500, server_id=2, created_at=datetime(2024, 2, 1))
    yield Channel(id=9, name="general", description=None, server_id=5, created_at=datetime(2024, 2, 2))

    texts = ["Hello", "👩‍👩‍👧‍👦 a family", "x" * 2000, "two\nlines\tand 'quotes' \"and\" \\", "  spaces  ", "日本語"]
    for number in range(1, 61):
        edited = number % 10 == 0
        at = datetime(2024, 5, 1, 10, number % 60, 1, number * 1000)
        yield Message(id=number * 3, content=texts[number % len(texts)], channel_id=(3, 4, 9)[number % 3],
                      user_id=(1, 2, 3, 7)[number % 4], created_at=at, is_edited=edited,
                      updated_at=datetime(2024, 6, 1, 0, 0, 0, 5000) if edited else at)


def make(path):
    """A database of the original at this path, with its rows."""
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(_rows())
        session.commit()
    engine.dispose()
