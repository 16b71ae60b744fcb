"""What each shell is told: on Tab, ask `lager completion answer SHELL` what fits. Nothing it says may be an error."""

from __future__ import annotations

_BASH = """\
_lager_completion() {
    local IFS=$'\\n' response completion type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD lager completion answer bash 2>/dev/null)
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        case $type in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done
}
complete -o nosort -F _lager_completion lager
"""

_ZSH = """\
#compdef lager
_lager_completion() {
    local -a plain described response
    local type key descr
    local -x COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1))
    response=("${(@f)$(lager completion answer zsh 2>/dev/null)}")
    for type key descr in ${response}; do
        case $type in
            plain) if [[ $descr == _ ]]; then plain+=("$key"); else described+=("$key:$descr"); fi ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done
    [[ -n $described ]] && _describe -V unsorted described -U
    [[ -n $plain ]] && compadd -U -V unsorted -a plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _lager_completion "$@"
else
    compdef _lager_completion lager
fi
"""

_FISH = """\
function _lager_completion
    for completion in (env COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) \\
            lager completion answer fish 2>/dev/null)
        set -l metadata (string split "," $completion)
        switch $metadata[1]
            case dir
                __fish_complete_directories $metadata[2]
            case file
                __fish_complete_path $metadata[2]
            case plain
                echo $metadata[2]
        end
    end
end
complete --no-files --command lager --arguments "(_lager_completion)"
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
