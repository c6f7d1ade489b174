#!/usr/bin/env bats
# about, health, metrics, openapi, docs, redoc: without an account

load helper

@test "about and health say that it works" {
	run -0 chatctl about --json status
	[ "$output" = '{"status":"running"}' ]
	run -0 chatctl health --json status
	[ "$output" = '{"status":"healthy"}' ]
	stop_chatd
	run -8 chatctl health --retry 0
	start_chatd
}

@test "metrics, the description and its pages are texts" {
	run -0 chatctl metrics
	[[ $output == *"# TYPE "* ]]
	[ "$(chatctl openapi | jq -r .openapi)" = 3.1.0 ]
	local page
	for page in docs redoc; do
		run -0 chatctl "$page"
		[[ $output == *"<html"*"</html>"* ]]
	done
}
