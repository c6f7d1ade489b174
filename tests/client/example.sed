# The example in a header's comment: the lines that have a tab behind the comment's star, or
# nothing, from the first #include on.
/^ \*	#include/,/^ \*\/$/{
	/^ \*	/s/^ \*	//p
	/^ \*$/s/.*//p
}
