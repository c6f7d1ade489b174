# fish completion of chatctl, which knows itself what fits.
function __chatctl_complete
	set -l typed "$(commandline --cut-at-cursor --current-token)"
	# Without its quotes, of which one may still be open.
	set -l word (string unescape -- $typed; or string unescape -- $typed\'; or string unescape -- $typed\")
	set -l before (commandline --cut-at-cursor --current-process --tokenize)
	set -l found (command chatctl complete --describe -- $before[2..] "$word" 2>/dev/null)
	# A tab alone stands for the names of files, one after a candidate parts it from what it is.
	if test "$found" = \t
		__fish_complete_path "$word"
	else
		string join -- \n $found
	end
end
complete --command chatctl --no-files --arguments '(__chatctl_complete)'
