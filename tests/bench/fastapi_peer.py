"""The stand-in that chatd is measured against: the backend that a FastAPI tutorial leads to.

FastAPI, SQLAlchemy's ORM and SQLite as they come, from Debian's packages. Only what sending a
message needs: a login, and POST of a message with the token and the membership checked. It starts
with one user (bench, secret123) in one server with one channel, both with id 1.
Run: /usr/bin/python3 -m uvicorn fastapi_peer:app
"""

from datetime import datetime, timedelta

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt
from pydantic import BaseModel, Field
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Text, create_engine
from sqlalchemy.orm import Session, declarative_base, relationship, sessionmaker

SECRET_KEY = "a key that only this benchmark ever signs with"
ALGORITHM = "HS256"

engine = create_engine("sqlite:///./peer.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True, index=True)
    username = Column(String(50), unique=True, index=True, nullable=False)
    password = Column(String(255), nullable=False)
    created_at = Column(DateTime, default=datetime.utcnow)


class ServerMember(Base):
    __tablename__ = "server_members"
    id = Column(Integer, primary_key=True, index=True)
    server_id = Column(Integer, nullable=False)
    user_id = Column(Integer, ForeignKey("users.id"), nullable=False)


class Channel(Base):
    __tablename__ = "channels"
    id = Column(Integer, primary_key=True, index=True)
    server_id = Column(Integer, nullable=False)
    name = Column(String(100), nullable=False)


class Message(Base):
    __tablename__ = "messages"
    id = Column(Integer, primary_key=True, index=True)
    channel_id = Column(Integer, ForeignKey("channels.id"), nullable=False)
    user_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    content = Column(Text, nullable=False)
    created_at = Column(DateTime, default=datetime.utcnow)
    updated_at = Column(DateTime, default=datetime.utcnow, onupdate=datetime.utcnow)
    is_edited = Column(Boolean, default=False)
    user = relationship("User")


class Login(BaseModel):
    username: str
    password: str


class MessageCreate(BaseModel):
    content: str = Field(min_length=1, max_length=2000)


class UserOut(BaseModel):
    id: int
    username: str
    created_at: datetime

    class Config:
        orm_mode = True


class MessageOut(BaseModel):
    id: int
    channel_id: int
    user_id: int
    content: str
    created_at: datetime
    updated_at: datetime
    is_edited: bool
    user: UserOut

    class Config:
        orm_mode = True


Base.metadata.create_all(bind=engine)
with SessionLocal() as session:
    session.add(User(username="bench", password="secret123"))
    session.add(Channel(server_id=1, name="general"))
    session.add(ServerMember(server_id=1, user_id=1))
    session.commit()

app = FastAPI()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="auth/login")


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


def get_current_user(token: str = Depends(oauth2_scheme), db: Session = Depends(get_db)):
    try:
        username = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM]).get("sub")
    except JWTError:
        raise HTTPException(401, "Could not validate credentials")
    user = db.query(User).filter(User.username == username).first()
    if user is None:
        raise HTTPException(401, "Could not validate credentials")
    return user


@app.post("/auth/login")
def login(form: Login, db: Session = Depends(get_db)):
    user = db.query(User).filter(User.username == form.username).first()
    # Its rate is not measured, so there is no hash.
    if user is None or user.password != form.password:
        raise HTTPException(401, "Incorrect username or password")
    claims = {"sub": user.username, "exp": datetime.utcnow() + timedelta(days=1)}
    return {"access_token": jwt.encode(claims, SECRET_KEY, ALGORITHM), "token_type": "bearer"}


@app.post("/channels/{channel_id}/messages", response_model=MessageOut, status_code=201)
async def create_message(
    channel_id: int,
    message: MessageCreate,
    current_user: User = Depends(get_current_user),
    db: Session = Depends(get_db),
):
    channel = db.query(Channel).filter(Channel.id == channel_id).first()
    if channel is None:
        raise HTTPException(404, "Channel not found")
    member = (
        db.query(ServerMember)
        .filter(
            ServerMember.server_id == channel.server_id, ServerMember.user_id == current_user.id
        )
        .first()
    )
    if member is None:
        raise HTTPException(403, "Not a member of this server")
    row = Message(channel_id=channel_id, user_id=current_user.id, content=message.content)
    db.add(row)
    db.commit()
    db.refresh(row)
    return row
