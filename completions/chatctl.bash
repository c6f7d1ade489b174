# bash completion of chatctl, which knows itself what fits.

_chatctl()
{
	local IFS=$'\n'
	COMPREPLY=($(chatctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}

complete -F _chatctl chatctl
