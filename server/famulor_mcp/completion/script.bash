# Completion of famulor-mcp for bash. Put this into ~/.bashrc:
#   eval "$(famulor-mcp completion bash)"

_famulor_mcp() {
    local answer line
    answer=$(printf 'bash\n%s\n%s\n' "${COMP_LINE:0:COMP_POINT}" "$2" | "$1" completion words 2>/dev/null)
    COMPREPLY=()
    if [[ $answer == files ]]; then
        compopt -o default 2>/dev/null # bash 3.2, as on macOS, has none
        return
    fi
    while IFS= read -r line; do
        [[ -n $line ]] && COMPREPLY+=("${line%%$'\t'*}")
    done <<<"$answer"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _famulor_mcp famulor-mcp
