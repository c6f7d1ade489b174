# bash completion of chattui
_chattui()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	case $before in
	-c | --context)
		mapfile -t COMPREPLY < <(compgen -W "$(command chatctl context list -o id 2>/dev/null)" -- "$word")
		;;
	--config)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W '--context --url --config --no-cache --plain --version --help' -- "$word")
		;;
	esac
}
complete -F _chattui chattui
