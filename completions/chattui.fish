# fish completion of chattui
complete --command chattui --no-files
complete --command chattui --short-option c --long-option context --require-parameter \
	--arguments '(command chatctl context list -o id 2>/dev/null)' --description 'Use this context'
complete --command chattui --long-option url --require-parameter --description 'Use the server there'
complete --command chattui --long-option config --require-parameter --force-files \
	--description 'Read this configuration'
complete --command chattui --long-option no-cache --description 'Keep nothing on disk'
complete --command chattui --long-option plain --description 'Lines instead of a screen'
complete --command chattui --long-option version --description 'Show the version'
complete --command chattui --short-option h --long-option help --description 'Show the options'
