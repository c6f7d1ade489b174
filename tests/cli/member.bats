#!/usr/bin/env bats
# member list, role, remove

load helper

prepare() {
	account alice
	account bob
	account carol
}

setup() {
	server=$(make_server "Place $BATS_TEST_NUMBER" bob carol)
}

@test "members are listed with their names and roles" {
	run -0 chatctl -c bob member list "$server" -o tsv
	[ "$(cut -f 2,3 <<<"$output")" = $'alice\towner\nbob\tmember\ncarol\tmember' ]
	run -0 chatctl -c bob member list "$server" -n 1 --json role
	[ "$output" = '[{"role":"owner"}]' ]
}

@test "a list has more rows than a page of the server" {
	# Straight into the database, because each account of its own costs a password's hash.
	/usr/bin/python3 - "$BATS_FILE_TMPDIR/chat.db" "$server" <<-'END'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1], timeout=60)
		def copy(table, row, **change):
		    columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
		    values = [change.get(name, value) for name, value in zip(columns, row)]
		    db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})", values)
		user = db.execute("SELECT * FROM users WHERE username = 'bob'").fetchone()
		member = db.execute("SELECT * FROM members WHERE server_id = ? AND user_id ="
		                    " (SELECT id FROM users WHERE username = 'bob')", sys.argv[2:]).fetchone()
		for i in range(1000, 1230):
		    copy("users", user, id=i, username=f"u{i}", username_fold=f"u{i}", email=f"{i}@x",
		         email_fold=f"{i}@x")
		    copy("members", member, id=100000 + i, user_id=i)
		db.commit()
	END
	[ "$(chatctl -c bob member list "$server" -n 1000 -o id | wc -l)" = 233 ]
	[ "$(chatctl -c bob member list "$server" -n 150 --json user_id | jq -c '[length, .[149].user_id]')" = \
		"[150,1146]" ]
	[ "$(chatctl -c bob member list "$server" -n 150 --after 1100 -o id | wc -l)" = 129 ]
}

@test "a role is given by name" {
	run -0 chatctl -c alice member role "$server" @bob moderator --json role
	[ "$output" = '{"role":"moderator"}' ]
	run -5 chatctl -c bob member role "$server" @carol admin
	run -2 chatctl -c alice member role "$server" @bob king
	[[ $output == *"ROLE must be member or moderator or admin or owner, not king"* ]]
	run -3 chatctl -c alice member role "$server" @nobody admin
}

@test "who leaves or is removed is gone" {
	run -0 chatctl -c bob member remove "$server" me
	run -5 chatctl -c bob server show "$server"
	run -0 chatctl -c alice member remove "$server" @carol
	run -5 chatctl -c carol server show "$server"
	run -6 chatctl -c alice member remove "$server" me
	[[ $output == *"hand the server over or delete it"* ]]
}
