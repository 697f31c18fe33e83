# Completion of famulor-mcp for fish. Put this into ~/.config/fish/completions/famulor-mcp.fish:
#   famulor-mcp completion fish > ~/.config/fish/completions/famulor-mcp.fish

function __famulor_mcp
    set -l before (commandline -opc)
    set -l answer (printf '%s\n' words $before[2..] (commandline -ct) | $before[1] completion words 2>/dev/null)
    if test "$answer" = files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $answer
    end
end
complete -c famulor-mcp -f -a '(__famulor_mcp)'
