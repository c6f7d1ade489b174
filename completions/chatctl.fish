# fish completion of chatctl, which knows itself what fits.
complete --command chatctl --no-files \
	--arguments '(chatctl complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
