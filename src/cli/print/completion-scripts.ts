/**
 * What each shell has to be told so that it asks us. The scripts know nothing of the commands. They
 * hand over `=` and the word that is being typed (some shells lose an argument that is empty), then
 * the words before it. They understand lines of a value, a tab and a description, and `:files` or
 * `:directories` for what shells complete best themselves.
 */

const BASH = `# bash completion of agentfs; in ~/.bashrc:  source <(agentfs completions bash)
_agentfs() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  # Bash takes --option=value for three words.
  [[ $current == = ]] && current=
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$current")) ;;
      :directories) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$current")) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "=\${COMP_WORDS[COMP_CWORD]}" \\
    "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -F _agentfs agentfs
`;

const ZSH = `#compdef agentfs
# zsh completion of agentfs; in ~/.zshrc, behind compinit:  source <(agentfs completions zsh)
_agentfs() {
  local line value description
  local -a values
  for line in "\${(@f)$("\${words[1]}" __complete "=$PREFIX" "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}"; do
    case $line in
      :files) compset -P '*='; _files ;;
      :directories) compset -P '*='; _files -/ ;;
      ?*)
        value=\${line%%$'\\t'*} description=\${line#*$'\\t'}
        values+=("\${value//:/\\\\:}\${description:+:$description}") ;;
    esac
  done
  (( \${#values} )) && _describe -V agentfs values
}
if [[ $funcstack[1] == _agentfs ]]; then _agentfs "$@"; else compdef _agentfs agentfs; fi
`;

const FISH = `# fish completion of agentfs; in ~/.config/fish/config.fish:  agentfs completions fish | source
function __agentfs_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete "=$current" $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path $current
            case :directories
                __fish_complete_directories $current
            case '*'
                echo $line
        end
    end
end
complete -c agentfs -f -k -a '(__agentfs_complete)'
`;

const POWERSHELL = `# PowerShell completion of agentfs; in $PROFILE:
#   agentfs completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName agentfs -ScriptBlock {
    param($current, $commandAst, $cursor)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
    & agentfs __complete "=$current" @words 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if ($value -eq ':files' -or $value -eq ':directories') {
            $only = @{ Directory = $value -eq ':directories' }
            Get-ChildItem -Name -Path "$current*" @only | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ProviderItem', $_)
            }
        } else {
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new(
                $value, $value, 'ParameterValue', $description)
        }
    }
}
`;

/** The scripts by shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish' | 'powershell', string>> =
  { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };
