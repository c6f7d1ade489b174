# bash completion of chatctl, which knows itself what fits.
#
# readline breaks words at ':' and '@' too, and COMP_WORDS are as they were typed. So this takes the
# line apart as bash will, but for expansions, and offers what is missing of a word, quoted.

# Quotes text $1 for where the quote $2 is open, or none.
_chatctl_quote()
{
	local text=$1 char
	case $2 in
	\')
		text=${text//\'/"'\\''"}
		;;
	\")
		for char in '\' '$' '`' '"'; do
			text=${text//"$char"/"\\$char"}
		done
		# History expansion works between these quotes.
		text=${text//'!'/'"\!"'}
		;;
	*)
		printf -v text %q "$text"
		# Outside a UTF-8 locale.
		[[ $text != \$\'* ]] || text="'${1//\'/"'\\''"}'"
		;;
	esac
	REPLY=$text
}

_chatctl()
{
	local line=${COMP_LINE:0:COMP_POINT} words=() word='' begun='' quote='' char candidate common
	# What readline replaces of the line, $2, and how much of the word stands before that.
	local start=$((COMP_POINT - ${#2})) kept=0 i REPLY

	for ((i = 0; i < ${#line}; i++)); do
		((i != start)) || kept=${#word}
		char=${line:i:1}
		case $quote$char in
		\' | \")
			quote=$char begun=1
			;;
		\'\' | \"\")
			quote=
			;;
		\\)
			((++i))
			word+=${line:i:1} begun=1
			;;
		\"\\)
			case ${line:i+1:1} in
			[\\\$\`\"])
				((++i))
				char=${line:i:1}
				;;
			esac
			word+=$char
			;;
		[[:blank:]])
			[[ ! $begun ]] || words+=("$word")
			word= begun=
			;;
		*)
			word+=$char begun=1
			;;
		esac
	done
	((start < ${#line})) || kept=${#word}

	COMPREPLY=()
	while IFS= read -r candidate; do
		# A tab stands for the names of files.
		if [[ $candidate == $'\t' ]]; then
			compopt -o default
			return
		fi
		_chatctl_quote "${candidate:kept}" "$quote"
		COMPREPLY+=("$REPLY")
	done < <(command chatctl complete -- "${words[@]:1}" "$word" 2>/dev/null)

	# What the candidates have in common is put into the line; it must not end within an escape.
	common=${COMPREPLY[0]-}
	for candidate in "${COMPREPLY[@]}"; do
		while [[ $candidate != "$common"* ]]; do
			common=${common%?}
		done
	done
	char=${common##*[!\\]}
	if [[ $quote != \' ]] && ((${#COMPREPLY[@]} > 1 && ${#char} % 2)); then
		COMPREPLY+=("${common%?}")
	fi
}

complete -F _chatctl chatctl
