-- Times are milliseconds since 1970. Ids are never given twice, even after a deletion.
--
-- Each server counts its changes in servers.rev. A changed row of its members, channels and
-- messages takes the next number as rev; created_rev is the one of its creation (of a member: of
-- the latest joining). "What changed since x" is then rev > x in the three tables and settings_rev
-- of the server. Rows that are deleted stay, without their content, so that this finds them too.

-- One row. The epoch names this database: a rev of another one means nothing here.
CREATE TABLE meta (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	epoch TEXT NOT NULL
) STRICT;
INSERT INTO meta (id, epoch) VALUES (1, lower(hex(randomblob(16))));

CREATE TABLE users (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	username TEXT NOT NULL UNIQUE,
	-- Folded for comparison. The twin is 0, or the user's own id where an imported name or address
	-- folds like another's.
	username_fold TEXT NOT NULL,
	username_twin INTEGER NOT NULL DEFAULT 0,
	email TEXT NOT NULL UNIQUE,
	email_fold TEXT NOT NULL,
	email_twin INTEGER NOT NULL DEFAULT 0,
	password_hash TEXT NOT NULL,
	status INTEGER NOT NULL DEFAULT 0, -- enum chat_status: the user's choice, 0 if it made none
	created_at INTEGER NOT NULL,
	tokens_after INTEGER NOT NULL DEFAULT 0, -- older tokens without a session have ended; 0: none
	UNIQUE (username_fold, username_twin),
	UNIQUE (email_fold, email_twin)
) STRICT;

CREATE TABLE sessions (
	id TEXT PRIMARY KEY,
	user_id INTEGER NOT NULL REFERENCES users (id),
	created_at INTEGER NOT NULL,
	last_seen_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	user_agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id, created_at, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE servers (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	description TEXT,
	owner_id INTEGER NOT NULL REFERENCES users (id),
	created_at INTEGER NOT NULL,
	rev INTEGER NOT NULL,
	settings_rev INTEGER NOT NULL,
	deleted_at INTEGER
) STRICT;

CREATE TABLE members (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	server_id INTEGER NOT NULL REFERENCES servers (id),
	user_id INTEGER NOT NULL REFERENCES users (id),
	role INTEGER NOT NULL, -- enum chat_role
	joined_at INTEGER NOT NULL,
	left_at INTEGER, -- NULL while a member
	read_floor INTEGER NOT NULL DEFAULT 0, -- the newest message anywhere when it joined: all up to
	                                       -- here counts as read
	created_rev INTEGER NOT NULL,
	rev INTEGER NOT NULL,
	UNIQUE (server_id, user_id)
) STRICT;
CREATE INDEX members_of_user ON members (user_id, server_id) WHERE left_at IS NULL;
-- With a column that WHERE names, so that it is taken before the one that has who left as well.
CREATE INDEX members_of_server ON members (server_id, left_at, user_id) WHERE left_at IS NULL;
CREATE INDEX members_by_rev ON members (server_id, rev);

CREATE TABLE bans (
	server_id INTEGER NOT NULL REFERENCES servers (id),
	user_id INTEGER NOT NULL REFERENCES users (id),
	creator_id INTEGER NOT NULL REFERENCES users (id),
	created_at INTEGER NOT NULL,
	PRIMARY KEY (server_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
	code TEXT PRIMARY KEY,
	server_id INTEGER NOT NULL REFERENCES servers (id),
	creator_id INTEGER NOT NULL REFERENCES users (id),
	uses INTEGER NOT NULL DEFAULT 0,
	max_uses INTEGER NOT NULL,   -- 0: no bound
	expires_at INTEGER NOT NULL, -- 0: never
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_of_server ON invites (server_id, creator_id);
CREATE INDEX invites_by_end ON invites (expires_at) WHERE expires_at > 0;

CREATE TABLE channels (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	server_id INTEGER NOT NULL REFERENCES servers (id),
	name TEXT NOT NULL,
	description TEXT,
	created_at INTEGER NOT NULL,
	created_rev INTEGER NOT NULL,
	rev INTEGER NOT NULL,
	deleted_at INTEGER
) STRICT;
-- With a column that WHERE names, so that it is taken before the next, which has the deleted too.
CREATE INDEX channels_of_server ON channels (server_id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX channels_by_rev ON channels (server_id, rev);

-- No id is given twice: what removes rows leaves the newest, emptied. (AUTOINCREMENT, which promises
-- the same, writes a page more for it in every transaction.)
CREATE TABLE messages (
	id INTEGER PRIMARY KEY,
	server_id INTEGER NOT NULL REFERENCES servers (id),
	channel_id INTEGER NOT NULL REFERENCES channels (id),
	user_id INTEGER NOT NULL REFERENCES users (id),
	content TEXT NOT NULL, -- '' once deleted
	nonce TEXT,            -- kept when deleted, so that a retry does not send it again
	sent_hash INTEGER,     -- once edited: of the text that was sent, which a retry repeats
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	is_edited INTEGER NOT NULL DEFAULT 0,
	deleted INTEGER NOT NULL DEFAULT 0,
	created_rev INTEGER NOT NULL,
	rev INTEGER NOT NULL
) STRICT;
-- Unread messages are counted in the index alone, which takes the author and what WHERE names.
CREATE INDEX messages_of_channel ON messages (channel_id, id, user_id, deleted) WHERE deleted = 0;
CREATE INDEX messages_deleted ON messages (channel_id, id, rev, deleted) WHERE deleted = 1;
CREATE INDEX messages_by_rev ON messages (server_id, rev);
-- Also tells who never wrote in a channel, so it has the messages without a nonce too.
CREATE UNIQUE INDEX messages_by_nonce ON messages (channel_id, user_id, nonce);

-- How far a user says that it has read, where that is above the read_floor of its membership.
CREATE TABLE reads (
	channel_id INTEGER NOT NULL REFERENCES channels (id),
	user_id INTEGER NOT NULL REFERENCES users (id),
	message_id INTEGER NOT NULL,
	PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;

-- Whom an undeleted message of another user mentions.
CREATE TABLE mentions (
	user_id INTEGER NOT NULL REFERENCES users (id),
	channel_id INTEGER NOT NULL,
	message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
	PRIMARY KEY (user_id, channel_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_of_message ON mentions (message_id);

-- Deleted servers and channels whose content is still to be removed; channel 0: the whole server.
CREATE TABLE purges (
	server_id INTEGER NOT NULL REFERENCES servers (id),
	channel_id INTEGER NOT NULL,
	PRIMARY KEY (server_id, channel_id)
) STRICT, WITHOUT ROWID;
