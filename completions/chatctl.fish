# fish completion of chatctl, which knows itself what fits. The words are taken without their quotes;
# a word that is not begun is an empty one.
complete --command chatctl --no-files --arguments \
	'(command chatctl complete -- (commandline -opc)[2..] "$(commandline -oct)" 2>/dev/null)'
