# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Completes command lines of agentbox(1) in bash, with what agentbox itself says there is.

_agentbox() {
	local agentbox=$1 word=$2 before=$3 verb=${COMP_WORDS[1]} words=

	if [[ $word == '=' ]]; then
		word=
	elif [[ $before == '=' ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" = 1 ]; then
		words=$("$agentbox" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	elif [[ $word == -* ]]; then
		words=$("$agentbox" "$verb" --help | grep -o -e '^ .*' | grep -o -e ' --\?[a-z-]*')
	else
		case $verb:$before in
		*:-p | *:--profile | profile:show | profile:check | profile:syscalls)
			words=$("$agentbox" profile list | cut -d ' ' -f 1)
			;;
		profile:profile) words='list show check syscalls keys' ;;
		policy:policy) words=reload ;;
		policy:reload | restore:* | report:* | inventory:* | log:*)
			words="latest $("$agentbox" tasks | cut -d ' ' -f 1)"
			;;
		exec:exec | run:run | plan:plan | exec:-- | run:-- | plan:--)
			words=$(compgen -c -- "$word" | sort -u)
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _agentbox agentbox
