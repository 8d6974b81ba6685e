#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# contrib/completion.bash offers what there is.

. "$(dirname "$0")/lib.sh"
host "$0" "$@"
complete() { :; }
# shellcheck source=contrib/completion.bash
. "${AGENTBOX%/bin/agentbox}/share/bash-completion/completions/agentbox"
profile mine "[profile]" "extends = offline"
workspace
box offline true
id=$(basename "$(latest_task)")

while IFS='|' read -r want line; do
	read -ra COMP_WORDS <<<"$line"
	[[ $line != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_agentbox "$AGENTBOX" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	is "$line" "${COMPREPLY[*]}" "$want"
done <<-END
	exec|agentbox ex
	plan policy profile|agentbox p
	--profile|agentbox exec --pro
	--profile|agentbox run --pro
	--severity --since --sink|agentbox log --s
	mine|agentbox exec -p mi
	mine|agentbox exec --profile = mi
	mine|agentbox profile check mi
	show syscalls|agentbox profile s
	$id|agentbox report ${id:0:20}
	sha256sum|agentbox exec -- sha256su
	|agentbox exec -p offline -- cat mi
END
finish
