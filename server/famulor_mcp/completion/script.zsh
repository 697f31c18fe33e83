#compdef famulor-mcp
# Completion of famulor-mcp for zsh. Put this into ~/.zshrc, below compinit:
#   eval "$(famulor-mcp completion zsh)"

_famulor_mcp() {
    local answer line
    local -a found shown open openshown
    answer=$(printf '%s\n' words "${(@Q)words[2,CURRENT]}" | $words[1] completion words 2>/dev/null)
    if [[ $answer == files ]]; then
        _files
        return
    fi
    for line in ${(f)answer}; do
        if [[ ${line%%$'\t'*} == *= ]]; then
            open+=("${line%%$'\t'*}")
            openshown+=("${line/$'\t'/  }")
        else
            found+=("${line%%$'\t'*}")
            shown+=("${line/$'\t'/  }")
        fi
    done
    (( $#found )) && compadd -l -d shown -a found
    (( $#open )) && compadd -l -S '' -d openshown -a open
    (( $#found + $#open ))
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _famulor_mcp "$@"
else
    compdef _famulor_mcp famulor-mcp
fi
