extension Command {
    static let completion = Command(
        name: "completion", operands: ["bash|zsh"], summary: "Print a script that completes words in a shell.",
        details:
            "Put this into ~/.bashrc: source <(symflow completion bash). In ~/.zshrc: source <(symflow completion zsh)."
    ) { words in
        switch try words.operand("bash|zsh") {
        case "bash": Terminal.print(CompletionScript.bash)
        case "zsh": Terminal.print("autoload -U +X bashcompinit && bashcompinit\n" + CompletionScript.bash)
        case let word: throw UsageError("\"\(word)\" is neither bash nor zsh.")
        }
        return 0
    }
}

private enum CompletionScript {
    static var bash: String {
        let cases = paths(CommandTable.all, behind: []).map { path, words in
            "            \"\(path.joined(separator: " "))\") words=\"\(words.joined(separator: " "))\" ;;"
        }
        return """
            _symflow() {
                local path="" word words=""
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    [[ $word == -* ]] || path="${path:+$path }$word"
                done
                # Behind a command stand words of its own.
                while :; do
                    case "$path" in
            \(cases.joined(separator: "\n"))
                    esac
                    [[ -n $words || $path != *" "* ]] && break
                    path="${path% *}"
                done
                COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _symflow symflow
            """
    }

    /// What can stand behind each path of words.
    private static func paths(_ commands: [Command], behind path: [String]) -> [(path: [String], words: [String])] {
        [(path, commands.map(\.name) + (path.isEmpty ? ["--help", "--version"] : []))]
            + commands.flatMap { command -> [(path: [String], words: [String])] in
                let here = path + [command.name]
                guard command.subcommands.isEmpty else { return paths(command.subcommands, behind: here) }
                return [(here, command.options.flatMap(\.spellings).filter { $0.hasPrefix("--") } + ["--help"])]
            }
    }
}
